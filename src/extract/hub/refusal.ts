import { CompilerError } from "../../errors.ts";
import type { Answer, Connection } from "./connection.ts";
import { PassingFailure } from "./retry.ts";

/** What the hub's X-Error-Code says is not there; it answers 401 as well as 404 with it. */
const MISSING: Readonly<Record<string, string>> = {
  RepoNotFound: "repository",
  RevisionNotFound: "revision",
  EntryNotFound: "file",
};

/** Statuses of servers that are busy or broken for now: 408 and 429, and all from 500 on. */
const TOO_LATE = 408;
const TOO_MANY = 429;
const BROKEN = 500;

/** Throws what an answer without content means: a PassingFailure where it may help to ask again. */
export function refuse(connection: Connection, what: string, { status, headers, fromHub }: Answer): never {
  const { name } = connection;
  const endpoint = new URL(connection.endpoint).host;
  const code = headers.get("x-error-code") ?? "";
  const says = `the server answered ${status}${/^\w{1,40}$/.test(code) ? ` (${code})` : ""}`;
  // Another server got an address that was signed for it: what it refuses may be granted with a new one.
  if (status === TOO_LATE || status === TOO_MANY || status >= BROKEN || !fromHub) {
    throw new PassingFailure(says, { retryAfter: secondsIn(headers.get("retry-after")) * 1000 });
  }
  const missing = Object.hasOwn(MISSING, code) ? MISSING[code] : undefined;
  if (missing !== undefined) {
    throw CompilerError.of("hub-not-found", { name, endpoint, missing: missing === "file" ? what : missing });
  }
  if (status === 404) throw CompilerError.of("hub-not-found", { name, endpoint, missing: what });
  if (status === 401 || status === 403) {
    const token = connection.token === undefined ? "no token was sent" : "the token does not suffice";
    throw CompilerError.of("hub-denied", { name, endpoint, reason: `${says}, and ${token}` });
  }
  throw CompilerError.of("hub-failed", { name, what, reason: says });
}

/** Retry-After as seconds; its other form, a date, leaves the delay to us. */
function secondsIn(header: string | null): number {
  return header !== null && /^\d{1,9}$/.test(header.trim()) ? Number(header) : 0;
}
