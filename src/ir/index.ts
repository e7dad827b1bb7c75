/** The IR: what a model computes, as a tree. Knows the runtime's types and nothing above itself. */
export * from "./constant-head.ts";
export * from "./expansion.ts";
export { lift } from "./lift.ts";
export * from "./parameters.ts";
export * from "./paths.ts";
export * from "./predicate-code.ts";
export * from "./predicates.ts";
export * from "./print.ts";
export * from "./program.ts";
export * from "./rewrite.ts";
export * from "./source.ts";
export { SPLIT_HEADS } from "./split-heads.ts";
export * from "./tensor-draft.ts";
export * from "./tensors.ts";
export * from "./verify.ts";
export * from "./visit.ts";
