import type * as runtime from "../../runtime/index.ts";

/** An emitted algorithm, imported: everything here is the package's own code. */
export interface RunningAlgorithm {
  /** The public face, as `load()` gives it. */
  readonly program: runtime.Program;
  /** The algorithm behind the face, edits applied. */
  readonly algorithm: runtime.Algorithm;
  readonly runtime: Pick<typeof runtime, "fixAverage" | "runnerOf" | "withAverages">;
}

/** One for each algorithm: they are run over one vocabulary. */
const runners = new WeakMap<runtime.Algorithm, runtime.RunAlgorithm>();

/** What runs an algorithm, by the package's own code: made once for all documents. */
export function runnerOf(
  { runtime: own }: RunningAlgorithm,
  algorithm: runtime.Algorithm,
  words: readonly string[],
): runtime.RunAlgorithm {
  const runner = runners.get(algorithm) ?? own.runnerOf(algorithm, words);
  runners.set(algorithm, runner);
  return runner;
}
