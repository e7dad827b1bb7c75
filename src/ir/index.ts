/** The IR: what a model computes, as a tree. Knows the runtime's types and nothing above itself. */
export * from "./program.ts";
export * from "./source.ts";
export * from "./tensors.ts";
