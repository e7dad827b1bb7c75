/**
 * Measures an emitted package against the model it was compiled from, on text that nothing else has read.
 * Runs the package itself, never the IR it was emitted from, and writes nothing into it.
 */
export { checkTestDocuments, scorePackage, type Effort, type ScoreOptions } from "./score-package.ts";
