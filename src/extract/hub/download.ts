import { rm } from "node:fs/promises";
import { CompilerError } from "../../errors.ts";
import { senseless, send, type Answer, type Connection } from "./connection.ts";
import type { Pace } from "./pace.ts";
import { PartialFile } from "./partial-file.ts";
import { refuse } from "./refusal.ts";
import type { RemoteFile } from "./remote-file.ts";
import { PassingFailure, retrying } from "./retry.ts";

/** A file whose hash is wrong is fetched once more from its beginning: what an earlier run left may be to blame. */
const ROUNDS = 2;

/**
 * Completes the file at `path` with what is missing of a remote file, and checks all of it. Whatever ends the download
 * early, the bytes so far stay there. Throws a PassingFailure, or a CompilerError such as hub-hash.
 */
export async function download(connection: Connection, remote: RemoteFile, path: string, pace: Pace): Promise<void> {
  const partial = await PartialFile.open(path, remote.etag, remote.size);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await retrying(
        connection,
        () => fetchRest(connection, remote, partial, pace),
        () => partial.length,
      );
      if (partial.isSound()) return await partial.sync();
      await partial.restart();
    }
  } finally {
    await partial.close();
  }
  await rm(path, { force: true });
  throw CompilerError.of("hub-hash", { name: connection.name, file: remote.file, expected: remote.etag });
}

async function fetchRest(connection: Connection, remote: RemoteFile, partial: PartialFile, pace: Pace): Promise<void> {
  const { path, size, file } = remote;
  pace.at(partial.length);
  if (partial.length === size) return;
  const headers = partial.length > 0 ? { range: `bytes=${partial.length}-` } : {};
  const answer = await send(connection, path, { method: "GET", headers, abroad: true });
  try {
    await prepareFor(connection, remote, partial, answer);
    for await (const chunk of answer.body()) {
      if (partial.length + chunk.length > size) throw senseless(connection, `${file} is longer than announced`);
      await partial.append(chunk);
      pace.at(partial.length);
    }
  } finally {
    await answer.discard();
  }
  if (partial.length < size) throw new PassingFailure("the server sent less than it announced");
}

/** Checks that the body goes on where the file ends, or else lets the file begin anew. */
async function prepareFor(
  connection: Connection,
  { file, size }: RemoteFile,
  partial: PartialFile,
  answer: Answer,
): Promise<void> {
  const { status, headers } = answer;
  if (status === 416) {
    await partial.restart();
    throw new PassingFailure("the server refused to send the rest (416)");
  }
  if (status !== 200 && status !== 206) refuse(connection, `file ${file}`, answer);
  if ((headers.get("content-encoding") ?? "identity") !== "identity") {
    throw senseless(connection, `${file} comes compressed, which was not asked for`);
  }
  if (status === 206) {
    const range = headers.get("content-range") ?? "";
    const expected = [`bytes ${partial.length}-${size - 1}/${size}`, `bytes ${partial.length}-${size - 1}/*`];
    if (!expected.includes(range)) throw senseless(connection, `another part of ${file} comes than was asked for`);
    return;
  }
  const length = headers.get("content-length");
  if (length !== null && Number(length) !== size) {
    throw senseless(connection, `${file} comes with ${length} bytes, but ${size} were announced`);
  }
  if (partial.length > 0) await partial.restart();
}
