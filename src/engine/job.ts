import type { Program } from "../ir/index.ts";
import type { Machine, Model } from "../runtime/index.ts";
import type { Place } from "./instantiate.ts";

/** A Program ready to run. */
export interface LoadedProgram {
  readonly program: Program;
  readonly machine: Machine;
  readonly model: Model;
  /** Puts further tensors of the program's store into the machine, once. Not to be called inside a scope. */
  readonly place: Place;
}

/** What every item of a job is given. */
export interface JobContext<Options> {
  /** A Program by the name it was shared under. Throws where nothing was. */
  readonly program: (name: string) => LoadedProgram;
  readonly options: Options;
}

/**
 * The default export of a job module: one item in, one result out, both of them plain data.
 * It must leave nothing behind, so that results do not depend on which worker saw which items.
 */
export type Job<Options, Item, Result> = (context: JobContext<Options>, item: Item) => Result;

/** What all items of a job have in common. */
export interface JobShared<Options> {
  readonly programs: Readonly<Record<string, Program>>;
  /** Plain data. */
  readonly options: Options;
}

/** How a job is watched and stopped. */
export interface JobWatch {
  /** Is told how many items are done. */
  readonly onDone?: ((done: number, total: number) => void) | undefined;
  /** Stops the job: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
