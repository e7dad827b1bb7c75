import { certaintyOf } from "../../../profile/index.ts";
import { descended } from "../descent.ts";
import { klOf } from "../gradient.ts";
import { gauged } from "../readout.ts";
import type { RecentInput } from "./rows.ts";

/** What one number adds to the scores of a row, times that number; the same length as there are numbers. */
export type Column = Float64Array;

/** Half a squared error of a score, in nats: where the answer is certain, scores are still to be the original's. */
const LIKENESS = 2e-4;
const STEPS = 200;
const SETTLED = 1e-9;

/**
 * Numbers whose linear combination of columns gives scores nearest to the original's: least KL, and by a little of it, squared
 * distance. A row has a column (vocabulary) for each number.
 */
export function fittedNumbers(
  { rows, decision }: RecentInput,
  columnsOf: (row: number) => readonly Column[],
  size: number,
): Float64Array {
  const targets = rows.map(({ scores }) => gauged(scores, decision));
  const constants = rows.map(({ shares }) => certaintyOf(shares, decision));
  const valued = (numbers: Float64Array) => {
    let value = 0;
    const gradient = new Float64Array(size);
    rows.forEach(({ shares }, row) => {
      const columns = columnsOf(row);
      const target = targets[row] as Float64Array;
      const scores = new Float64Array(shares.length);
      columns.forEach((column, at) => {
        const number = numbers[at] as number;
        for (let token = 0; token < scores.length; token++)
          scores[token] = (scores[token] as number) + number * (column[token] as number);
      });
      const { kl, slopes } = klOf(scores, shares, constants[row] as number, decision);
      value += kl;
      const mean = decision === "positive" ? 0 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
      for (let token = 0; token < scores.length; token++) {
        const missed = (scores[token] as number) - mean - (target[token] as number);
        value += (LIKENESS / 2) * missed * missed;
        slopes[token] = (slopes[token] as number) + LIKENESS * missed;
      }
      columns.forEach((column, at) => {
        let slope = 0;
        for (let token = 0; token < scores.length; token++)
          slope += (slopes[token] as number) * (column[token] as number);
        gradient[at] = (gradient[at] as number) + slope;
      });
    });
    return { value: value / rows.length, gradient: gradient.map((slope) => slope / rows.length) };
  };
  return descended(new Float64Array(size), valued, STEPS, SETTLED);
}
