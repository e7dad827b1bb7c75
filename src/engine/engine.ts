import { Piscina } from "piscina";
import { compiledModule } from "./compiled-module.ts";
import type { JobShared, JobWatch } from "./job.ts";
import { ProgramSharing } from "./shared-program.ts";
import type { Chunk } from "./worker.ts";

/** Chunks a worker gets on average: few messages, yet no worker waits long for another one's last chunk. */
const CHUNKS_PER_WORKER = 6;

/**
 * Piscina first tries to `require` the module of its threads. Node 20 aborts the whole process where a thread is ended
 * in the middle of requiring an ES module; without the feature, Piscina imports it, and a thread may end at any time.
 */
const WITHOUT_REQUIRED_MODULES = ["--no-experimental-require-module"];

/** Runs jobs on worker threads. Results do not depend on how many there are. */
export class Engine {
  readonly #pool: Piscina<Chunk, unknown[]>;
  readonly #workers: number;
  readonly #sharing = new ProgramSharing();

  /** Starts the threads; `close` ends them. */
  constructor({ workers }: { readonly workers: number }) {
    this.#workers = workers;
    this.#pool = new Piscina({
      filename: compiledModule(new URL("./worker.ts", import.meta.url)).href,
      minThreads: workers,
      maxThreads: workers,
      execArgv: WITHOUT_REQUIRED_MODULES,
    });
  }

  /**
   * Runs a job (the default export of a module, see Job) for every item and gives the results in item order.
   * Each item is computed wholly by one worker; sums over items are the caller's, in item order.
   * Rejects with the first error of any item, or the signal's reason.
   */
  async map<Options, Item, Result>(
    job: URL,
    shared: JobShared<Options>,
    items: readonly Item[],
    { onDone, signal }: JobWatch = {},
  ): Promise<Result[]> {
    signal?.throwIfAborted();
    const programs = Object.fromEntries(
      Object.entries(shared.programs).map(([name, program]) => [name, this.#sharing.share(program)]),
    );
    const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const message = { job: compiledModule(job).href, programs, options: shared.options, stop };
    const abort = (): void => void Atomics.store(stop, 0, 1);
    signal?.addEventListener("abort", abort, { once: true });
    let done = 0;
    const runs = chunksOf(items, this.#workers * CHUNKS_PER_WORKER).map(async (chunk) => {
      const results = await this.#pool.run({ ...message, items: chunk });
      done += results.length;
      if (!signal?.aborted) onDone?.(done, items.length);
      return results as Result[];
    });
    try {
      return (await Promise.all(runs)).flat();
    } finally {
      abort();
      await Promise.allSettled(runs);
      signal?.removeEventListener("abort", abort);
      signal?.throwIfAborted();
    }
  }

  /** Ends the worker threads; unfinished jobs reject. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** At most `count` runs of neighbouring items, of nearly equal length. */
function chunksOf<Item>(items: readonly Item[], count: number): Item[][] {
  const chunks = Math.min(count, items.length);
  const start = (chunk: number) => Math.floor((chunk * items.length) / chunks);
  return Array.from({ length: chunks }, (_, chunk) => items.slice(start(chunk), start(chunk + 1)));
}
