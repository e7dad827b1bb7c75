/**
 * What every head and neuron does on calibration text, and what it would cost to replace it.
 * Proposes nothing and changes no Program.
 */
export { firstTokens } from "./corpus.ts";
export * from "./calibration.ts";
export type { HeadChange } from "./change-prices.ts";
export * from "./describe-heads.ts";
export * from "./head-bases.ts";
export * from "./linear-map.ts";
export * from "./linear-solve.ts";
export * from "./mean-ablation.ts";
export * from "./observed.ts";
export * from "./price-changes.ts";
export * from "./profile-program.ts";
export * from "./profile.ts";
export * from "./score-metric.ts";
export { summed } from "./statistics.ts";
export * from "./survey.ts";
export * from "./symmetric-eigen.ts";
