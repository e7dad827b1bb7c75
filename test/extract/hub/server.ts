import { createHash } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** From this size on a file is stored as the hub stores weights: its etag is a SHA-256, and a CDN serves it. */
export const LARGE = 10_000;

/** A repository: files by path, as text or bytes. */
export interface Repository {
  readonly name: string;
  readonly commit: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Branches and tags that are the commit. */
  readonly revisions?: readonly string[];
}

/** One request, in the order of arrival over both servers. */
export interface Recorded {
  readonly at: "hub" | "cdn";
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  status: number;
  /** Bytes of the body that were sent. */
  bytes: number;
}

/** What goes wrong with an answer; all that is not named stays as it is. */
export interface Fault {
  readonly status?: number;
  /** Set in the answer; undefined leaves a header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  /** The connection is destroyed after so many bytes of the body. */
  readonly resetAfter?: number;
  /** The body ends, as if complete, after so many bytes. */
  readonly endAfter?: number;
  /** Nothing comes any more after so many bytes of the body; before the headers with -1. */
  readonly stallAfter?: number;
  /** The last byte of the body is another one. */
  readonly damaged?: boolean;
  /** Range is not understood. */
  readonly whole?: boolean;
  /** The answer is not begun before this. */
  readonly until?: () => Promise<unknown>;
}

interface PlannedFault {
  readonly where: (request: Recorded) => boolean;
  times: number;
  readonly fault: Fault;
}

interface Body {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly bytes: Uint8Array;
}

/** A hub at 127.0.0.1, and the CDN that it redirects to at localhost on another port. */
export class HubServer {
  readonly requests: Recorded[] = [];
  /** Bodies are sent in pieces of so many bytes with so many milliseconds between them. */
  pieces = { bytes: 2 ** 16, pause: 0 };
  /** Called after every piece of a body. */
  onPiece: () => void = () => undefined;
  readonly #repositories = new Map<string, Repository>();
  readonly #moved = new Map<string, string>();
  readonly #faults: PlannedFault[] = [];
  readonly #hub: Server;
  readonly #cdn: Server;

  private constructor() {
    this.#hub = createServer((request, response) => void this.#serve("hub", request, response));
    this.#cdn = createServer((request, response) => void this.#serve("cdn", request, response));
  }

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    await listening(server.#hub, "127.0.0.1");
    await listening(server.#cdn, "localhost");
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${portOf(this.#hub)}`;
  }

  get cdn(): string {
    return `http://localhost:${portOf(this.#cdn)}`;
  }

  add(repository: Repository): void {
    this.#repositories.set(repository.name, repository);
  }

  /** A repository that has another name now. */
  move(from: string, to: string): void {
    this.#moved.set(from, to);
  }

  /** Lets the next requests go wrong, for which `where` holds. */
  fail(where: (request: Recorded) => boolean, fault: Fault, times = Infinity): void {
    this.#faults.push({ where, fault, times });
  }

  /** Forgets requests and faults. */
  reset(): void {
    this.requests.length = 0;
    this.#faults.length = 0;
    this.pieces = { bytes: 2 ** 16, pause: 0 };
    this.onPiece = () => undefined;
  }

  bytesServed(where: (request: Recorded) => boolean = () => true): number {
    return this.requests.filter(where).reduce((total, { bytes }) => total + bytes, 0);
  }

  async close(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    }
  }

  async #serve(at: Recorded["at"], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const recorded: Recorded = { at, method, path: decodeURI(url), headers, status: 0, bytes: 0 };
    this.requests.push(recorded);
    const planned = this.#faults.find(({ where, times }) => times > 0 && where(recorded));
    if (planned) planned.times--;
    const fault = planned?.fault ?? {};
    await fault.until?.();
    if (fault.stallAfter === -1) return;
    const path = url.split("/").map(decodeURIComponent);
    const answer = at === "cdn" ? this.#blob(path) : path[1] === "api" ? this.#api(path) : this.#resolve(path);
    await this.#send(recorded, response, partOf(answer, fault.whole ? undefined : headers.range), fault);
  }

  async #send(recorded: Recorded, response: ServerResponse, answer: Body, fault: Fault): Promise<void> {
    let bytes = fault.body === undefined ? answer.bytes : Buffer.from(fault.body);
    if (fault.damaged) bytes = Uint8Array.from(bytes, (byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte));
    const headers = new Map<string, string | undefined>(Object.entries(answer.headers));
    if (fault.endAfter === undefined) headers.set("content-length", String(bytes.length));
    for (const [name, value] of Object.entries(fault.headers ?? {})) headers.set(name, value);
    for (const [name, value] of headers) if (value !== undefined) response.setHeader(name, value);
    recorded.status = fault.status ?? answer.status;
    response.writeHead(recorded.status);
    if (recorded.method === "HEAD") return void response.end();
    const end = Math.min(fault.resetAfter ?? fault.stallAfter ?? fault.endAfter ?? Infinity, bytes.length);
    for (let done = 0; done < end && !response.destroyed;) {
      const piece = bytes.subarray(done, Math.min(end, done + this.pieces.bytes));
      await new Promise((resolve) => response.write(piece, resolve));
      done += piece.length;
      recorded.bytes += piece.length;
      this.onPiece();
      if (this.pieces.pause > 0) await sleep(this.pieces.pause);
    }
    if (fault.stallAfter !== undefined) return response.flushHeaders();
    if (fault.resetAfter === undefined) return void response.end();
    // What was written is to arrive before the end of the connection does.
    await sleep(50);
    response.destroy();
  }

  /** /api/models/owner/name/revision/main */
  #api([, , , owner, name, , revision]: readonly string[]): Body {
    const moved = this.#moved.get(`${owner}/${name}`);
    if (moved !== undefined) return redirect(`/api/models/${moved}/revision/${encodeURIComponent(revision ?? "")}`);
    const repository = this.#repositories.get(`${owner}/${name}`);
    // The hub does not tell whether a repository is private or does not exist.
    if (!repository) return refusal(401, "RepoNotFound");
    const { commit, files, revisions = ["main"] } = repository;
    if (revision !== commit && !revisions.includes(revision ?? "")) return refusal(404, "RevisionNotFound");
    const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
    const bytes = Buffer.from(JSON.stringify({ id: repository.name, sha: commit, siblings }));
    return { status: 200, headers: { "content-type": "application/json" }, bytes };
  }

  /** /owner/name/resolve/commit/file, or behind a redirect /files/owner/name/commit/file */
  #resolve(path: readonly string[]): Body {
    const [, first = "", second = "", third = "", fourth = "", ...rest] = path;
    const direct = first === "files";
    const [name, commit, file] = direct
      ? [`${second}/${third}`, fourth, rest.join("/")]
      : [`${first}/${second}`, fourth, rest.join("/")];
    const moved = this.#moved.get(name);
    if (moved !== undefined) return redirect(`/${moved}/resolve/${commit}/${file}`);
    const repository = this.#repositories.get(name);
    if (!repository) return refusal(401, "RepoNotFound");
    if (repository.commit !== commit) return refusal(404, "RevisionNotFound");
    const content = repository.files[file];
    if (content === undefined) return refusal(404, "EntryNotFound");
    const bytes = Buffer.from(content);
    const etag = etagOf(bytes);
    const about = { "x-repo-commit": commit, "accept-ranges": "bytes" };
    if (bytes.length >= LARGE) {
      const linked = { "x-linked-etag": `"${etag}"`, "x-linked-size": String(bytes.length), etag: '"of-the-redirect"' };
      return redirect(`${this.cdn}/${name}/${file}`, { ...about, ...linked });
    }
    // The hub answers for small files from another path of its own.
    if (!direct) return redirect(`/files/${name}/${commit}/${file}`, about);
    return { status: 200, headers: { ...about, etag: `W/"${etag}"` }, bytes };
  }

  #blob([, owner, name, ...file]: readonly string[]): Body {
    const content = this.#repositories.get(`${owner}/${name}`)?.files[file.join("/")] ?? "";
    const bytes = Buffer.from(content);
    return { status: 200, headers: { etag: '"of-the-cdn"', "accept-ranges": "bytes" }, bytes };
  }
}

/** The etag that the hub gives bytes. */
export function etagOf(bytes: Uint8Array): string {
  if (bytes.length >= LARGE) return createHash("sha256").update(bytes).digest("hex");
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function partOf(answer: Body, range: string | undefined): Body {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1]);
  if (answer.status !== 200 || Number.isNaN(from)) return answer;
  const { length } = answer.bytes;
  if (from >= length)
    return { status: 416, headers: { "content-range": `bytes */${length}` }, bytes: new Uint8Array() };
  const headers = { ...answer.headers, "content-range": `bytes ${from}-${length - 1}/${length}` };
  return { status: 206, headers, bytes: answer.bytes.subarray(from) };
}

function redirect(location: string, headers: Record<string, string> = {}): Body {
  return { status: 307, headers: { ...headers, location }, bytes: Buffer.from(`Redirecting to ${location}`) };
}

function refusal(status: number, code: string): Body {
  return { status, headers: { "x-error-code": code }, bytes: Buffer.from(JSON.stringify({ error: code })) };
}

async function listening(server: Server, host: string): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
