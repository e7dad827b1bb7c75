import { solvePositiveDefinite } from "../../../profile/index.ts";
import { foreseenNumber, near, type Case, type Points, type Term } from "../../../runtime/index.ts";
import { written } from "../written.ts";
import { fittedNumbers } from "./linear.ts";
import { valueOf, type RecentInput, type Row } from "./rows.ts";

/** Recent numbers that a number is foreseen from, and after how many positions another rule may hold again. */
const MOST_BACK = 6;
const MOST_PERIOD = 4;
const FEWEST_NUMBERS = 12;
/** By how much more than the full sum of products a short one may miss, as a share of how far the original itself spreads. */
const SLACK = 0.05;
/** A longer period has to miss less than this share of what a shorter one does. */
const BETTER = 0.9;
/** Differences from the foreseen number at which scores are written, in standard deviations of what is missed. */
const PLACES = [-12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 12];
/** The nearest that two of them lie, in units. */
const CLOSEST = 0.5;
const RIDGE = 1e-9;

interface Foreseen {
  readonly terms: readonly Term[];
  readonly missed: number;
}

/**
 * A number foreseen as a sum of products of at most two recent numbers, and scores by the distance from it: a case for each
 * phase of positions. Undefined where recent numbers do not foresee the next one.
 */
export function fittedNear(
  input: RecentInput,
): { readonly cases: readonly Case[]; readonly period: number } | undefined {
  const { rows, values } = input;
  if (values.filter((value) => !Number.isNaN(value)).length < FEWEST_NUMBERS) return undefined;
  const least = Math.min(MOST_BACK, ...rows.map(({ back }) => back.length));
  const places = Array.from({ length: least }, (_, back) => back).filter((back) =>
    rows.every((row) => !Number.isNaN(valueOf(values, row.back[back]))),
  );
  if (places.length === 0) return undefined;
  const wanted = rows.map((row) => expected(row, values));
  let best: { readonly period: number; readonly phases: readonly Foreseen[]; readonly missed: number } | undefined;
  for (let period = 1; period <= MOST_PERIOD; period++) {
    const phases = Array.from({ length: period }, (_, phase) => {
      const own = rows.flatMap((row, index) => (row.position % period === phase ? [index] : []));
      return foreseenBy(
        own.map((index) => rows[index] as Row),
        own.map((index) => wanted[index] as Expected),
        places,
        values,
      );
    });
    const missed = phases.reduce((sum, phase) => sum + phase.missed, 0);
    if (!best || missed < BETTER * best.missed) best = { period, phases, missed };
  }
  if (!best) return undefined;
  const mean = wanted.reduce((sum, own) => sum + own.mean, 0) / wanted.length;
  const varies = wanted.reduce((sum, own) => sum + (own.mean - mean) ** 2, 0);
  if (best.missed > varies / 4) return undefined;
  const { period, phases } = best;
  const cases = phases.flatMap(({ terms }, phase): Case[] => {
    const own = rows.filter((row) => row.position % period === phase);
    if (own.length === 0) return [];
    const recent = [near(terms, pointsFor(terms, { ...input, rows: own }))];
    return [{ ...(period > 1 && { phase }), recent, scores: {}, others: 0 }];
  });
  return { cases, period };
}

/** The next number by the original's probabilities. */
interface Expected {
  readonly mean: number;
  readonly variance: number;
}

function expected({ shares }: Row, values: readonly number[]): Expected {
  let [total, sum, squares] = [0, 0, 0];
  values.forEach((value, id) => {
    if (Number.isNaN(value)) return;
    const share = shares[id] as number;
    total += share;
    sum += share * value;
    squares += share * value * value;
  });
  const mean = sum / total;
  return { mean, variance: Math.max(0, squares / total - mean * mean) };
}

/** Least squares over all products of up to two numbers, then without those that matter least. */
function foreseenBy(
  rows: readonly Row[],
  wanted: readonly Expected[],
  places: readonly number[],
  values: readonly number[],
): Foreseen {
  if (rows.length === 0) return { terms: [], missed: 0 };
  const products: (readonly number[])[] = [
    [],
    ...places.map((place) => [place]),
    ...places.flatMap((one, index) => places.slice(index).map((other) => [one, other])),
  ];
  const columns = products.map((back) =>
    Float64Array.from(rows, (row) => back.reduce((product, place) => product * valueOf(values, row.back[place]), 1)),
  );
  const target = Float64Array.from(wanted, ({ mean }) => mean);
  const gram = columns.map((one) => Float64Array.from(columns, (other) => dot(one, other)));
  const cross = Float64Array.from(columns, (column) => dot(column, target));
  const square = dot(target, target);
  const solvedWith = (kept: readonly number[]): { readonly factors: Float64Array; readonly missed: number } => {
    const matrix = Float64Array.from(
      kept.flatMap((one) => kept.map((other) => (gram[one]?.[other] as number) * (one === other ? 1 + RIDGE : 1))),
    );
    const right = Float64Array.from(kept, (at) => cross[at] as number);
    const factors = solvePositiveDefinite(matrix, right);
    return { factors, missed: square - dot(factors, right) };
  };
  let kept = products.map((_, at) => at);
  let best = solvedWith(kept);
  const most = best.missed + SLACK * wanted.reduce((sum, { variance }) => sum + variance, 0);
  while (kept.length > 1) {
    const fewer = kept.map((out) => kept.filter((at) => at !== out));
    const solved = fewer.map(solvedWith);
    const at = solved.reduce(
      (found, { missed }, index) => (missed < (solved[found]?.missed as number) ? index : found),
      0,
    );
    if ((solved[at]?.missed as number) > most) break;
    [kept, best] = [fewer[at] as number[], solved[at] as typeof best];
  }
  const terms = kept.map((at, index): Term => [
    writtenFactor(best.factors[index] as number),
    ...(products[at] as number[]),
  ]);
  return { terms, missed: best.missed };
}

/** Factors of numbers up to a hundred need more digits than scores do. */
const writtenFactor = (value: number): number => Number(value.toPrecision(4));

function pointsFor(terms: readonly Term[], input: RecentInput): Points {
  const { rows, values, words } = input;
  const centers = rows.map((row) => foreseenNumber(terms, (back) => valueOf(values, row.back[back])));
  const variance =
    rows.reduce((sum, { shares }, row) => {
      const center = centers[row] as number;
      return (
        sum +
        values.reduce(
          (own, value, id) => own + (Number.isNaN(value) ? 0 : (shares[id] as number) * (value - center) ** 2),
          0,
        )
      );
    }, 0) / rows.length;
  const unit = Math.max(CLOSEST, Math.sqrt(variance));
  const places = PLACES.map((place) => written(place * unit));
  const columns = rows.map((_, row) => {
    const own = places.map(() => new Float64Array(words.length));
    values.forEach((value, id) => {
      if (Number.isNaN(value)) return;
      const difference = value - (centers[row] as number);
      const after = places.findIndex((place) => place >= difference);
      if (after <= 0) (own.at(after) as Float64Array)[id] = 1;
      else {
        const [left, right] = [places[after - 1] as number, places[after] as number];
        const share = (difference - left) / (right - left);
        (own[after - 1] as Float64Array)[id] = 1 - share;
        (own[after] as Float64Array)[id] = share;
      }
    });
    return own;
  });
  const numbers = fittedNumbers(input, (row) => columns[row] as Float64Array[], places.length);
  const highest = Math.max(...numbers);
  return places.map((place, at) => [place, written((numbers[at] as number) - highest)] as const);
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < one.length; row++) sum += (one[row] as number) * (other[row] as number);
  return sum;
}
