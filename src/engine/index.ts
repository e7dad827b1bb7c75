/**
 * Runs and differentiates Programs over batches of text, on worker threads.
 * Knows nothing of where models and text come from (extract), nor of what its results are used for (profile and above).
 */
export * from "./instantiate.ts";
export * from "./machine.ts";
