import type { JobContext } from "../../engine/index.ts";
import { isByCases, isDifferences, type Average } from "../../runtime/index.ts";
import type { RunningAlgorithm } from "../algorithm/running.ts";

/** What an algorithm is made of, in numbers. */
export interface AlgorithmOutline {
  readonly context: number;
  readonly patterns: number;
  /** Tokens that each average is about, in the order in which it lists them; none where it goes by differences. */
  readonly averages: readonly { readonly words: readonly string[] }[];
  /** Next tokens that each case lists. */
  readonly cases: readonly { readonly scores: number }[];
}

/** Says what a package's algorithm is made of. */
export default function outlineAlgorithm(
  { algorithm }: RunningAlgorithm,
  _context: JobContext<null>,
  _item: null,
): AlgorithmOutline {
  return {
    context: algorithm.context,
    patterns: algorithm.patterns?.length ?? 0,
    averages: algorithm.averages.map(({ worth }) => ({ words: wordsOf(worth) })),
    cases: algorithm.cases.map(({ scores }) => ({ scores: Object.keys(scores).length })),
  };
}

function wordsOf(worth: Average["worth"]): string[] {
  if (isByCases(worth)) return [...new Set(worth.flatMap(({ tokens = [] }) => tokens))];
  return isDifferences(worth) ? [] : Object.keys(worth);
}
