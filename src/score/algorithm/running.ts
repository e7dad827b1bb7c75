import type * as runtime from "../../runtime/index.ts";

/** An emitted algorithm, imported: everything here is the package's own code. */
export interface RunningAlgorithm {
  /** The public face, as `load()` gives it. */
  readonly program: runtime.Program;
  /** The algorithm behind the face, edits applied. */
  readonly algorithm: runtime.Algorithm;
  readonly runtime: Pick<typeof runtime, "fixAverage" | "runnerOf" | "withAverages">;
}
