/**
 * Writes a Program down as a TypeScript package. Opens no file of weights, measures nothing, and claims nothing that
 * the profile, the ledger or the report does not say.
 */
export type { AlgorithmInput } from "./algorithm/input.ts";
export { emitAlgorithm, emitAlgorithmReport } from "./algorithm/package.ts";
export { emitPackage } from "./emit.ts";
export type { EmitInput } from "./input.ts";
export type { Manifest, ManifestSite, ManifestTensor } from "./manifest.ts";
export { emitReport } from "./report-files.ts";
