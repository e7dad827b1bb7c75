import type { Proposer } from "../candidate.ts";
import { constantHeads } from "./constant-heads.ts";
import { constantNeurons } from "./constant-neurons.ts";
import { positionalKernels } from "./positional-kernels.ts";

/** Every proposer, in the order in which equal candidates are tried. */
export const proposers: readonly Proposer[] = [constantNeurons, constantHeads, positionalKernels];
