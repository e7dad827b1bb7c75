import type { JobContext } from "../../engine/index.ts";
import type { RunningAlgorithm } from "../algorithm/running.ts";

/** What an algorithm is made of, in numbers. */
export interface AlgorithmOutline {
  readonly context: number;
  /** Tokens that each average is about. */
  readonly averages: readonly { readonly words: readonly string[]; readonly looks: number }[];
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
    averages: algorithm.averages.map(({ worth, looks }) => ({ words: Object.keys(worth), looks: looks.length })),
    cases: algorithm.cases.map(({ scores }) => ({ scores: Object.keys(scores).length })),
  };
}
