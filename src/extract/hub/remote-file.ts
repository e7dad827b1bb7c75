import { CompilerError } from "../../errors.ts";
import { etagOf } from "./checksum.ts";
import { senseless, send, type Connection } from "./connection.ts";
import { refuse } from "./refusal.ts";

/** A file of a commit, as the hub announces it. */
export interface RemoteFile {
  /** Its path within the repository. */
  readonly file: string;
  /** Where it is below the endpoint. */
  readonly path: string;
  /** The hash of its bytes, by which its blob is called. */
  readonly etag: string;
  readonly size: number;
}

/** Asks what a file's hash and size are, without fetching it. Throws a PassingFailure or a CompilerError. */
export async function askAbout(
  connection: Connection,
  repository: string,
  commit: string,
  file: string,
  limit: number,
): Promise<RemoteFile> {
  const path = `${repository}/resolve/${commit}/${file.split("/").map(encodeURIComponent).join("/")}`;
  // A redirect to another host is itself the answer: its X-Linked headers describe what lies there.
  const answer = await send(connection, path, { method: "HEAD", abroad: false });
  await answer.discard();
  const { status, headers } = answer;
  const elsewhere = status >= 300 && status < 400;
  if (status !== 200 && !elsewhere) refuse(connection, `file ${file}`, answer);
  const answered = headers.get("x-repo-commit");
  if (answered !== null && answered !== commit) throw senseless(connection, `${file} is of another commit`);
  const etag = etagOf(headers.get("x-linked-etag") ?? (elsewhere ? null : headers.get("etag")));
  if (etag === undefined) throw senseless(connection, `${file} has no ETag that is a SHA-256 or git's SHA-1`);
  const length = headers.get("x-linked-size") ?? (elsewhere ? null : headers.get("content-length"));
  if (length === null || !/^\d{1,15}$/.test(length)) throw senseless(connection, `${file} has no size`);
  const size = Number(length);
  if (size > limit) {
    throw CompilerError.of("file-too-large", { path: `${connection.name}/${file}`, bytes: size, limit });
  }
  return { file, path, etag, size };
}
