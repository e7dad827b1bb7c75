import type { Proposer } from "../candidate.ts";
import { ruleCandidates } from "./rule-candidates.ts";

/** Neurons that one of two values foretells, by whether a token is in a set of at most a hundred. */
export const tokenSetNeurons: Proposer = {
  name: "token-set-neurons",
  propose: (program, profile) =>
    ruleCandidates(program, profile, "token-set-neurons", ({ when }) => when.kind === "token"),
};
