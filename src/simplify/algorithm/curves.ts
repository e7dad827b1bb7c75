import { solvePositiveDefinite } from "../../profile/index.ts";
import { along } from "../../runtime/index.ts";

/** Points of a curve, by rising value. */
export type Points = readonly (readonly [value: number, score: number])[];

/** A sum of a constant and one curve for some of the variables. */
export interface Additive {
  readonly constant: number;
  readonly curves: readonly { readonly variable: number; readonly points: Points }[];
}

/** What a score is to follow: values of the variables (row by row), targets, and how much each row weighs. */
export interface CurveData {
  readonly variables: readonly Float64Array[];
  readonly target: Float64Array;
  readonly weight: Float64Array;
  /** Variables that may only raise the score, ever more slowly; none by default. */
  readonly rising?: ReadonlySet<number>;
}

/** Bends that are tried along each variable, at quantiles. */
const CANDIDATES = 32;
const MOST_BENDS = 8;
/** Share of a column's square below which it is a sum of those that were taken. */
const NOTHING_NEW = 1e-9;
/** Share of the best hinge's gain that makes another one as good. */
const NEARLY = 0.98;

/** max(0, value - bend) of a variable, or min(value, bend) where it is level from there on; the value itself without a bend. */
interface Hinge {
  readonly variable: number;
  readonly bend: number | undefined;
  readonly level: boolean;
}

/**
 * A piecewise linear function of the variables, by forward selection of hinges (Friedman 1991, without products): a hinge
 * is added while it takes more than `worth` off half the weighted square error.
 */
export function fittedCurves(data: CurveData, worth: number): { readonly score: Additive; readonly loss: number } {
  const rising = data.rising ?? new Set();
  const candidates = data.variables.flatMap((values, variable) => hingesOf(values, variable, rising.has(variable)));
  const chosen: Hinge[] = [];
  const rest = data.target.slice();
  /** What is left of each candidate's column without those that were taken; and its square before and now. */
  const columns = candidates.map((hinge) => columnOf(hinge, data));
  const whole = columns.map((column) => dot(column, column, data.weight));
  const squares = whole.slice();
  const take = (column: Float64Array): void => {
    const square = dot(column, column, data.weight);
    if (square === 0) return;
    const unit = column.map((value) => value / Math.sqrt(square));
    for (const own of [rest, ...columns]) {
      const share = dot(unit, own, data.weight);
      for (let row = 0; row < own.length; row++) own[row] = (own[row] as number) - share * (unit[row] as number);
    }
    columns.forEach((own, index) => (squares[index] = dot(own, own, data.weight)));
  };
  take(new Float64Array(data.target.length).fill(1));
  const ranges = data.variables.map(rangeOf);
  const rangeAt = (index: number): number => ranges[candidates[index]?.variable as number] as number;
  while (chosen.length < MOST_BENDS) {
    const gains = columns.map((column, index) => {
      const square = squares[index] as number;
      if (square <= NOTHING_NEW * (whole[index] as number) || square === 0) return 0;
      const along = dot(column, rest, data.weight);
      return candidates[index]?.level === true && along < 0 ? 0 : along ** 2 / square / 2;
    });
    const most = Math.max(worth, ...gains);
    // Of hinges that do nearly as well, the one whose variable moves most.
    const best = gains.reduce(
      (found, gain, index) =>
        gain > worth && gain >= NEARLY * most && (found < 0 || rangeAt(index) > rangeAt(found)) ? index : found,
      -1,
    );
    if (best < 0) break;
    chosen.push(candidates[best] as Hinge);
    take((columns[best] as Float64Array).slice());
  }
  return { score: additiveOf(chosen, data), loss: dot(rest, rest, data.weight) / 2 };
}

function hingesOf(values: Float64Array, variable: number, level: boolean): Hinge[] {
  const sorted = [...new Set(values)].sort((one, other) => one - other);
  if (sorted.length < 2) return [];
  const bends = new Set<number>();
  for (let index = 1; index < CANDIDATES; index++) {
    bends.add(sorted[Math.floor((index * sorted.length) / CANDIDATES)] as number);
  }
  return [{ variable, bend: undefined, level }, ...[...bends].map((bend) => ({ variable, bend, level }))];
}

function valueOf({ bend, level }: Hinge, value: number): number {
  if (bend === undefined) return value;
  return level ? Math.min(value, bend) : Math.max(0, value - bend);
}

function columnOf(hinge: Hinge, { variables }: CurveData): Float64Array {
  return (variables[hinge.variable] as Float64Array).map((value) => valueOf(hinge, value));
}

/** Solves for all hinges together, without those that would let a rising score fall, and writes each variable's part as points. */
function additiveOf(hinges: readonly Hinge[], data: CurveData): Additive {
  const solution = solved(hinges, data);
  const kept = hinges.filter(({ level }, index) => !level || (solution[index + 1] as number) >= 0);
  return kept.length < hinges.length ? additiveOf(kept, data) : pointsOf(hinges, solution, data);
}

/** The constant, then the slope of each hinge. */
function solved(hinges: readonly Hinge[], data: CurveData): Float64Array {
  const columns = [new Float64Array(data.target.length).fill(1), ...hinges.map((hinge) => columnOf(hinge, data))];
  const size = columns.length;
  const matrix = new Float64Array(size * size);
  columns.forEach((one, row) =>
    columns.forEach((other, column) => (matrix[row * size + column] = dot(one, other, data.weight))),
  );
  for (let index = 0; index < size; index++) {
    matrix[index * size + index] = (matrix[index * size + index] as number) * (1 + 1e-9) + 1e-12;
  }
  return solvePositiveDefinite(
    matrix,
    Float64Array.from(columns, (column) => dot(column, data.target, data.weight)),
  );
}

function pointsOf(hinges: readonly Hinge[], solution: Float64Array, data: CurveData): Additive {
  const curves = data.variables.flatMap((values, variable) => {
    const own = hinges.flatMap((hinge, index) =>
      hinge.variable === variable ? [{ ...hinge, slope: solution[index + 1] as number }] : [],
    );
    if (own.length === 0) return [];
    const [least, most] = extremesOf(values);
    const bends = own.flatMap(({ bend }) => (bend !== undefined && bend > least && bend < most ? [bend] : []));
    const places = [...new Set([least, ...bends, most])].sort((one, other) => one - other);
    const at = (value: number): number => own.reduce((sum, hinge) => sum + hinge.slope * valueOf(hinge, value), 0);
    return [{ variable, points: places.map((place) => [place, at(place)] as const) }];
  });
  const constant = solution[0] as number;
  // A single curve takes the constant in; of several, each ends at 0 where its variable usually is.
  if (curves.length === 1) {
    return {
      constant: 0,
      curves: curves.map(({ variable, points }) => ({ variable, points: raised(points, constant) })),
    };
  }
  const usual = curves.map(({ variable, points }) => along(points, median(data.variables[variable] as Float64Array)));
  return {
    constant: constant + usual.reduce((sum, score) => sum + score, 0),
    curves: curves.map(({ variable, points }, index) => ({
      variable,
      points: raised(points, -(usual[index] as number)),
    })),
  };
}

function dot(one: Float64Array, other: Float64Array, weight: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < one.length; row++)
    sum += (one[row] as number) * (other[row] as number) * (weight[row] as number);
  return sum;
}

function rangeOf(values: Float64Array): number {
  const [least, most] = extremesOf(values);
  return most - least;
}

function extremesOf(values: Float64Array): readonly [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

const raised = (points: Points, by: number): Points => points.map(([value, score]) => [value, score + by] as const);

function median(values: Float64Array): number {
  return values.slice().sort()[Math.floor(values.length / 2)] as number;
}
