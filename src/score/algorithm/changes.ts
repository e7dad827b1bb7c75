import { createRandom } from "../../engine/index.ts";
import { isByCases, type Algorithm, type Average, type Case, type Score } from "../../runtime/index.ts";
import { otherOrder } from "../shuffle.ts";
import type { RunningAlgorithm } from "./running.ts";

/** One change to an algorithm, as plain data. */
export type AlgorithmChange =
  /** The average has this value everywhere. */
  | { readonly at: "average"; readonly average: number; readonly value: number }
  /** Other tokens are worth what those that are listed were. */
  | { readonly at: "worth"; readonly average: number; readonly words: readonly string[] }
  /** All next tokens score alike. */
  | { readonly at: "case"; readonly case: number }
  /** The scores that are listed are given to next tokens in another order. */
  | { readonly at: "scores"; readonly case: number; readonly seeds: readonly [number, ...number[]] };

/** The algorithm with a change made; where it lacks what is to change, as it is. */
export function withChange({ algorithm, runtime }: RunningAlgorithm, change: AlgorithmChange): Algorithm {
  if (change.at === "case" || change.at === "scores") {
    const cases = algorithm.cases.map((each, index): Case => {
      if (index !== change.case) return each;
      return change.at === "case" ? { ...each, scores: {} } : withOtherOrder(each, change.seeds);
    });
    return { ...algorithm, cases };
  }
  const average = algorithm.averages[change.average];
  if (!average) return algorithm;
  if (change.at === "average") return runtime.fixAverage(average, change.value)(algorithm);
  return runtime.withAverages(
    algorithm,
    new Map([[average, { ...average, worth: withOtherWords(average.worth, change.words) }]]),
  );
}

/** Others are worth what those that are listed were, in the order of the outline. */
function withOtherWords(worth: Average["worth"], words: readonly string[]): Average["worth"] {
  if (isByCases(worth)) {
    const listed = [...new Set(worth.flatMap(({ tokens = [] }) => tokens))];
    const other = new Map(listed.map((word, index) => [word, words[index] as string]));
    return worth.map((each) => ({
      ...each,
      ...(each.tokens && { tokens: each.tokens.map((word) => other.get(word) as string) }),
    }));
  }
  return Object.fromEntries(Object.values(worth).map((value, index) => [words[index] as string, value]));
}

function withOtherOrder(each: Case, seeds: readonly [number, ...number[]]): Case {
  const words = Object.keys(each.scores);
  const scores = Object.values(each.scores);
  const order = otherOrder(
    scores.map((_, index) => index),
    createRandom(...seeds),
  );
  const entries = words.map((word, index) => [word, scores[order[index] as number] as Score] as const);
  return { ...each, scores: Object.fromEntries(entries) };
}
