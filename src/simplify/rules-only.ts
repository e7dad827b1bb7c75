import { mlpId } from "../ir/index.ts";
import type { Candidate } from "./candidate.ts";

/**
 * What a program of rules alone is made of: the candidates that leave no weights of their head or MLP, the cheapest at each
 * site, where what a rule foresees of its head speaks for it as well; of an MLP the table, where there is one, in place of a
 * constant for each of its neurons.
 */
export function rulesOnly(candidates: readonly Candidate[]): Candidate[] {
  const cheapest = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (candidate.leavesWeights === true) continue;
    const known = cheapest.get(candidate.site);
    if (!known || costOf(candidate) < costOf(known)) cheapest.set(candidate.site, candidate);
  }
  return [...cheapest.values()].filter(({ replacement: { kind, block } }) => {
    const ofMlp = kind === "neurons" || kind === "rule";
    return !(ofMlp && cheapest.has(mlpId(block)));
  });
}

const costOf = ({ predictedKl, explained = 0 }: Candidate): number => predictedKl * (1 - Math.max(0, explained));
