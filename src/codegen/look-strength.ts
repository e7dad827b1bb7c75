import type { HeadNode, LookNode, Program, TensorHandle } from "../ir/index.ts";
import { deviation } from "./extremes.ts";
import { ruleAttention, scoresByDistance } from "./rule-attention.ts";

/** What of a program the reading of its looks needs. */
export type LookedUp = Pick<Program, "context" | "tensors">;

/** Looks by rule that say where a head looks: distances (sink and kernels together), or one of the others. */
export type RuleAspect =
  | { readonly kind: "distance"; readonly looks: readonly LookNode[] }
  | { readonly kind: "rule"; readonly look: Extract<LookNode, { kind: "tokenLook" | "classLook" | "matchLook" }> };

/** Scores this many deviations above the mean stand for the tokens that a table attracts. */
const DEVIATIONS = 2;

/** The aspects of a head's rules, the one that moves its attention most first. */
export function aspectsByStrength(head: HeadNode, program: LookedUp): RuleAspect[] {
  const byDistance = head.looks.filter(({ kind }) => kind === "sinkLook" || kind === "kernelLook");
  const aspects: RuleAspect[] = [
    ...(byDistance.some(({ kind }) => kind === "kernelLook") ? [{ kind: "distance", looks: byDistance } as const] : []),
    ...head.looks.flatMap((look): RuleAspect[] =>
      look.kind === "tokenLook" || look.kind === "classLook" || look.kind === "matchLook"
        ? [{ kind: "rule", look }]
        : [],
    ),
  ];
  const strengths = new Map(aspects.map((aspect) => [aspect, strengthOf(aspect, program)]));
  return aspects.sort((one, other) => (strengths.get(other) ?? 0) - (strengths.get(one) ?? 0));
}

/** How far an aspect lifts the scores of what it attracts above the others, roughly. */
function strengthOf(aspect: RuleAspect, program: LookedUp): number {
  if (aspect.kind === "distance") return distanceStrength(aspect.looks, program.context);
  const { look } = aspect;
  if (look.kind === "matchLook") return Math.max(...look.rule.scores);
  const { tensors } = program;
  const scores = look.kind === "classLook" ? scoresLessRowMeans(look.scores, tensors) : tensors.get(look.scores);
  return DEVIATIONS * deviation(scores);
}

/** The highest score of a distance above what the other distances have on average, as a softmax averages. */
function distanceStrength(looks: readonly LookNode[], context: number): number {
  const attention = ruleAttention(looks, context);
  if (!attention) return 0;
  const scores = scoresByDistance(
    looks.filter(({ kind }) => kind === "kernelLook"),
    attention.read,
  );
  const best = Math.max(...scores);
  const others = scores.filter((_, back) => back !== scores.indexOf(best));
  const mean = others.reduce((sum, score) => sum + Math.exp(score - best), 0) / Math.max(others.length, 1);
  return mean > 0 ? -Math.log(mean) : 0;
}

/** A class table less each row's mean: what a row adds to all keys alike, the softmax ignores. */
export function scoresLessRowMeans(handle: TensorHandle, tensors: Program["tensors"]): Float64Array {
  const [, columns = 1] = handle.shape;
  const scores = Float64Array.from(tensors.get(handle));
  for (let start = 0; start < scores.length; start += columns) {
    const row = scores.subarray(start, start + columns);
    const mean = row.reduce((sum, score) => sum + score, 0) / columns;
    for (let column = 0; column < columns; column++) row[column] = (row[column] as number) - mean;
  }
  return scores;
}
