import type * as runtime from "../runtime/index.ts";

/** The parts of a package's own runtime that measuring needs. */
export type PackageRuntime = Pick<
  typeof runtime,
  "read" | "startReading" | "scoresOf" | "headOutput" | "normed" | "constant" | "rowRange"
>;

/** An emitted package, imported: everything here is the package's own code and memory. */
export interface RunningPackage {
  /** The public face, as `load()` gives it. */
  readonly program: runtime.Program;
  /** The model behind the face, edits applied, as plain data. */
  readonly model: runtime.Model;
  readonly machine: runtime.Machine;
  readonly runtime: PackageRuntime;
  /** Whether the machine is its runtime's own, unchanged. */
  readonly genuine: boolean;
}

/** A model that can be read with a runtime: the package's, or the original on this compiler's own. */
export interface Runner {
  readonly runtime: Pick<PackageRuntime, "read" | "startReading" | "scoresOf" | "rowRange">;
  readonly machine: runtime.Machine;
  readonly model: runtime.Model;
}
