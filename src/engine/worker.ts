import type { Job } from "./job.ts";
import { LoadedPrograms } from "./loaded-programs.ts";
import type { SharedProgram } from "./shared-program.ts";

/** A run of items for one worker. */
export interface Chunk {
  /** Address of the job's compiled module. */
  readonly job: string;
  readonly programs: Readonly<Record<string, SharedProgram>>;
  readonly options: unknown;
  readonly items: readonly unknown[];
  /** Set to 1 by the main thread once nobody wants the results: what is left of the items is then skipped. */
  readonly stop: Int32Array;
}

const loaded = new LoadedPrograms();

/** What a worker thread does: loads the job and its Programs, then computes one item after the other. */
export default async function runChunk({ job, programs, options, items, stop }: Chunk): Promise<unknown[]> {
  const module = (await import(job)) as { default: Job<unknown, unknown, unknown> };
  const available = loaded.load(programs);
  const program = (name: string) => {
    const found = available.get(name);
    if (!found) throw new Error(`The job was not given a program named ${name}.`);
    return found;
  };
  const results: unknown[] = [];
  for (const item of items) {
    if (Atomics.load(stop, 0) !== 0) break;
    results.push(module.default({ program, options }, item));
  }
  return results;
}
