import { sharesOf, type Observation } from "../../../profile/index.ts";
import { numberOf } from "../../../runtime/index.ts";
import type { Decision } from "../../../text/index.ts";

/** A position: the tokens up to it, the current one first, and what the original says there. */
export interface Row {
  readonly back: readonly number[];
  /** Where the first token of the text stands, plus the current one's place. */
  readonly position: number;
  readonly scores: Float32Array;
  /** The original's probabilities. */
  readonly shares: Float64Array;
}

/** Everything that a form is fitted to. */
export interface RecentInput {
  readonly rows: readonly Row[];
  readonly words: readonly string[];
  /** The number that each token is, by id; NaN where it is none. */
  readonly values: readonly number[];
  readonly decision: Decision;
}

export function recentInput(
  observations: readonly Observation[],
  words: readonly string[],
  decision: Decision,
): RecentInput {
  const rows = observations.map(({ document: { tokens, position: first }, position, scores }): Row => ({
    back: tokens.slice(0, position + 1).reverse(),
    position: first + position,
    scores,
    shares: sharesOf(scores, decision),
  }));
  return { rows, words, values: words.map(numberOf), decision };
}
