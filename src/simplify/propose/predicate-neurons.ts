import type { Proposer } from "../candidate.ts";
import { ruleCandidates } from "./rule-candidates.ts";

/** Neurons, and clusters of them, that one of two values foretells, by a condition on the text. */
export const predicateNeurons: Proposer = {
  name: "predicate-neurons",
  propose: (program, profile) =>
    ruleCandidates(program, profile, "predicate-neurons", ({ when }) => when.kind !== "token"),
};
