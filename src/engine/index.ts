/**
 * Runs and differentiates Programs over batches of text, on worker threads.
 * Knows nothing of where models come from (extract), nor of what its results are used for (profile and above).
 */
export * from "./backward-weights.ts";
export * from "./backward/parameter-gradients.ts";
export { addRuleGradient } from "./backward/scores.ts";
export type { ParameterSink } from "./backward/sink.ts";
export * from "./bootstrap.ts";
export * from "./compiled-module.ts";
export * from "./decision.ts";
export * from "./decisions.ts";
export { patternToScoreGradient } from "./derivatives.ts";
export * from "./distillation.ts";
export * from "./draw-token.ts";
export * from "./engine.ts";
export * from "./fidelity.ts";
export * from "./gradient.ts";
export type { Hint } from "./hints.ts";
export * from "./instantiate.ts";
export * from "./job.ts";
export * from "./machine.ts";
export * from "./random.ts";
export * from "./recording.ts";
export * from "./samples.ts";
export { scoredRows } from "./scored-rows.ts";
export { sharedFloats } from "./shared-floats.ts";
