import { CompilerError } from "../../errors.ts";
import { PassingFailure, type Wait } from "./retry.ts";

/** How requests about one model are sent. */
export interface Connection {
  /** What messages call the model. */
  readonly name: string;
  /** The hub's address, without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly patience: number;
  readonly wait: Wait;
}

/** What a server answered, whose body has not been read yet. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Whether it was the endpoint that answered, and not a server that it points to. */
  readonly fromHub: boolean;
  /** The body as it arrives. Throws a PassingFailure when it breaks off or stalls. */
  body(): AsyncGenerator<Uint8Array, void>;
  /** Closes the connection without reading the body. */
  discard(): Promise<void>;
}

interface Request {
  readonly method: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a redirect to another host is followed, or is the answer. */
  readonly abroad: boolean;
}

const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Codes of Node and undici for a connection that never came about. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name is not known here",
  EAI_AGAIN: "its name cannot be looked up",
  ECONNREFUSED: "the connection is refused",
  ENETUNREACH: "the network is down",
  EHOSTUNREACH: "it is out of reach",
  ENETDOWN: "the network is down",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
};

/**
 * Sends a request below the endpoint and follows its redirects. The token goes to the endpoint's own origin only, and
 * no more once a redirect has left it. Throws a PassingFailure without an answer, a CompilerError for a wrong redirect.
 */
export async function send(connection: Connection, path: string, request: Request): Promise<Answer> {
  const home = new URL(connection.endpoint);
  let url = new URL(`${connection.endpoint}/${path}`);
  let trusted = true;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await sendOnce(connection, url, request, trusted);
    const location = REDIRECTS.has(answer.status) ? answer.headers.get("location") : null;
    if (location === null) return answer;
    const next = redirectTarget(connection, location, url);
    if (next.origin !== home.origin && !request.abroad) return answer;
    await answer.discard();
    trusted &&= next.origin === home.origin;
    url = next;
  }
  throw senseless(connection, `it redirects more than ${MOST_REDIRECTS} times`);
}

/** An answer that cannot be used, as an error to throw. */
export function senseless({ name, endpoint }: Connection, problem: string): CompilerError {
  return CompilerError.of("hub-answer", { name, endpoint: new URL(endpoint).host, problem });
}

/** All of a body; throws a CompilerError where it has more than `limit` bytes. */
export async function wholeBody(connection: Connection, answer: Answer, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body()) {
    length += chunk.length;
    if (length > limit) throw senseless(connection, `it is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function redirectTarget(connection: Connection, location: string, from: URL): URL {
  // Signed addresses are secrets too: messages name their host at most.
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!target || !/^https?:$/.test(target.protocol) || target.username !== "" || target.password !== "") {
    throw senseless(connection, "it redirects to something else than a plain http or https address");
  }
  if (target.protocol === "http:" && new URL(connection.endpoint).protocol === "https:") {
    throw senseless(connection, `it redirects from https to http at ${target.host}`);
  }
  return target;
}

async function sendOnce(connection: Connection, url: URL, request: Request, trusted: boolean): Promise<Answer> {
  const watch = new Watch(connection);
  const authorization =
    trusted && connection.token !== undefined ? { authorization: `Bearer ${connection.token}` } : {};
  const response = await watch.during(url.host, () =>
    fetch(url, {
      method: request.method,
      redirect: "manual",
      signal: watch.signal,
      // Compressed bytes would neither have the announced size nor be resumed.
      headers: { "accept-encoding": "identity", "user-agent": "weights2ts", ...request.headers, ...authorization },
    }),
  );
  return {
    status: response.status,
    headers: response.headers,
    fromHub: trusted,
    body: () => chunksOf(response, watch, url.host),
    discard: async () => {
      // A connection that is already broken needs no closing.
      await response.body?.cancel().catch(() => undefined);
    },
  };
}

async function* chunksOf(response: Response, watch: Watch, host: string): AsyncGenerator<Uint8Array, void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await watch.during(host, () => reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    // Reached early when the reader has seen enough; a broken connection needs no closing.
    await reader.cancel().catch(() => undefined);
  }
}

/** Aborts a connection on which nothing has come for too long, and when the person gives up. */
class Watch {
  readonly signal: AbortSignal;
  readonly #connection: Connection;
  readonly #stalled = new AbortController();

  constructor(connection: Connection) {
    this.#connection = connection;
    const { signal } = connection;
    this.signal = signal ? AbortSignal.any([signal, this.#stalled.signal]) : this.#stalled.signal;
  }

  /** Waits for the next sign of the server; says of any failure what it was, never with what was sent. */
  async during<Result>(host: string, work: () => Promise<Result>): Promise<Result> {
    const { signal, patience } = this.#connection;
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      this.#stalled.abort();
    }, patience);
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (this.#stalled.signal.aborted) {
        throw new PassingFailure(`${host} sent nothing for ${patience / 1000} seconds`);
      }
      throw failureOf(host, error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A failed fetch: its own text may quote headers and addresses, so only the code of its cause is kept. */
function failureOf(host: string, error: unknown): PassingFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason = UNREACHABLE[code];
  if (reason !== undefined) return new PassingFailure(`${host} cannot be reached: ${reason}`, { unreachable: true });
  const shown = /^\w+$/.test(code) ? ` (${code})` : "";
  return new PassingFailure(`the connection to ${host} broke off${shown}`);
}
