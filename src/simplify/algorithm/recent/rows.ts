import { sharesOf } from "../../../profile/index.ts";
import { numberOf } from "../../../runtime/index.ts";
import type { Decision } from "../../../text/index.ts";

/** What the original says after a text. */
interface Said {
  readonly text: readonly number[];
  /** Where the last token of the text stands. */
  readonly position: number;
  readonly scores: Float32Array;
}

/** A position: the tokens up to it, the current one first, and what the original says there. */
export interface Row {
  readonly back: readonly number[];
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

export function inputOf(said: readonly Said[], words: readonly string[], decision: Decision): RecentInput {
  const rows = said.map(({ text, position, scores }): Row => ({
    back: text.toReversed(),
    position,
    scores,
    shares: sharesOf(scores, decision),
  }));
  return { rows, words, values: words.map(numberOf), decision };
}

/** The number that a token is; NaN where it is none, or missing. */
export const valueOf = (values: readonly number[], token: number | undefined): number => values[token ?? -1] ?? NaN;
