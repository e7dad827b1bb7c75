/**
 * What a compiled program runs on: memory, kernels, the parts a model is made of, and the tokenizer.
 * Nothing here imports anything outside this folder: weights2ts copies it, as it is, into every package that it compiles.
 */
export * from "./algorithm.ts";
export * from "./algorithm-edits.ts";
export * from "./algorithm-program.ts";
export * from "./attention.ts";
export * from "./edits.ts";
export * from "./forward.ts";
export * from "./here.ts";
export * from "./kernels.ts";
export * from "./machine.ts";
export * from "./parts.ts";
export * from "./plain.ts";
export * from "./points.ts";
export * from "./positions.ts";
export * from "./program.ts";
export * from "./recent.ts";
export * from "./rule-scores.ts";
export * from "./safetensors.ts";
export * from "./safetensors-header.ts";
export * from "./shortcuts.ts";
export * from "./tensor.ts";
export * from "./token-writes.ts";
export * from "./tokenizer.ts";
export { BYTE_CHARACTERS } from "./tokenizer-bytes.ts";
export * from "./wasm.ts";
