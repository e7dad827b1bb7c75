import { summed, symmetricEigen } from "../../profile/index.ts";
import type { AttendedTokens } from "../jobs/attended-tokens.ts";
import type { SumsByToken } from "../jobs/token-writes.ts";
import { rowsBySums, type TokenSums, type WholeTable } from "./short-tables.ts";

/** The part of the strongest one below which a direction of what a head can write is none. */
const NOTHING = 1e-10;

/**
 * What each row counts for at further places at which the mean is written: a token that was seen once says little (ridge
 * regression, Hoerl and Kennard 1970).
 */
const PRIOR = 3;

/** What something writes on average (width), and sums of what it writes off that along so many directions (directions, width). */
export interface Written {
  readonly mean: Float64Array;
  readonly sums: TokenSums;
  /** Without it the sums are of what is written itself. */
  readonly directions?: Float64Array;
  /** What each row counts for at a place on average (rows), where the sums are of how far it is from that. */
  readonly average?: Float64Array;
}

/** What an MLP writes at each row. */
export function writtenByMlp(each: readonly SumsByToken[], width: number): Written {
  const counts = summed(each.map((batch) => batch.counts));
  return offMean(
    summed(each.map((batch) => batch.sums)),
    { columns: width, weights: counts, products: counts.map((count) => count + PRIOR) },
    counts.reduce((sum, count) => sum + count, 0),
  );
}

/** The means of what an MLP writes by row: (rows, width). */
export function meansByRow({ mean, sums }: Written): Float32Array {
  return Float32Array.from(rowsBySums(sums), (value, at) => value + (mean[at % mean.length] as number));
}

/** What a head writes of what it moves (columns), along the directions in which it can write at all. */
export function writtenByHead(
  { moved, places, weights, products, written }: AttendedTokens,
  output: Float32Array,
  width: number,
): Written {
  const columns = moved.length;
  const { into, directions } = orthonormal(output, columns, width);
  const kept = directions.length / width;
  const along = (rows: Float64Array): Float64Array => multiplied(rows, into, columns, kept);
  const rows = weights.length;
  const average = products.length > rows ? weights.map((weight) => weight / Math.max(1, places)) : undefined;
  const own = products.map((sum, at) => {
    if (!average) return sum + PRIOR;
    const [row, other] = [Math.floor(at / rows), at % rows];
    // All tokens together count for 1 everywhere. Off the average, a seldom one is held to what the others say.
    const off = sum - places * (average[row] as number) * (average[other] as number);
    return row === other ? off + PRIOR : off;
  });
  const { mean, sums } = offMean(along(written), { columns: kept, weights, products: own }, places, along(moved));
  return { mean: multiplied(mean, directions, kept, width), sums, directions, ...(average && { average }) };
}

/**
 * A head's table along directions of the stream, in place of those in which the head can write, and such that on average nothing
 * but the mean is written.
 */
export function inStream(table: WholeTable, { sums, directions, average }: Written, width: number): WholeTable {
  if (!directions) return table;
  const along = multiplied(Float64Array.from(table.directions), directions, sums.columns, width);
  const rank = table.shares.length;
  const first = table.amounts.length - rank;
  const excess = new Float64Array(rank);
  average?.forEach((share, row) => {
    const start = row === average.length - 1 ? first : (table.groups?.[row] ?? row) * rank;
    for (let index = 0; index < rank; index++)
      excess[index] = (excess[index] as number) + share * (table.amounts[start + index] as number);
  });
  return {
    ...table,
    amounts: table.amounts.map((amount, at) => (at < first ? amount - (excess[at % rank] as number) : amount)),
    directions: Float32Array.from(along),
  };
}

/**
 * Sums of what is written off its mean.
 *
 * @param written what each row counts for times what is written (rows, columns)
 * @param all what is written in all (columns), at so many places; without it, what is written at all rows together
 */
function offMean(
  written: Float64Array,
  { columns, weights, products }: Omit<TokenSums, "written">,
  places: number,
  all?: Float64Array,
): Written {
  const total = new Float64Array(columns);
  if (all) total.set(all);
  else written.forEach((sum, at) => (total[at % columns] = (total[at % columns] as number) + sum));
  const mean = total.map((sum) => sum / Math.max(1, places));
  const off = written.map(
    (sum, at) => sum - (weights[Math.floor(at / columns)] as number) * (mean[at % columns] as number),
  );
  return { mean, sums: { columns, weights, products, written: off } };
}

/**
 * A matrix of so many columns and another one whose rows are orthonormal, which multiply to the rows given (columns, width):
 * (columns, kept) and (kept, width).
 */
function orthonormal(
  output: Float32Array,
  columns: number,
  width: number,
): { readonly into: Float64Array; readonly directions: Float64Array } {
  const rows = Float64Array.from(output);
  const transposed = Float64Array.from(
    { length: rows.length },
    (_, at) => rows[(at % columns) * width + Math.floor(at / columns)] as number,
  );
  const { values, vectors } = symmetricEigen(multiplied(rows, transposed, width, columns)); // a column each
  const kept = Math.max(1, values.filter((value) => value > NOTHING * (values[0] as number)).length);
  const root = (index: number): number => Math.sqrt(Math.max(0, values[index] as number));
  const vector = (row: number, index: number): number => vectors[row * columns + index] as number;
  const into = Float64Array.from({ length: columns * kept }, (_, at) => {
    const index = at % kept;
    return vector(Math.floor(at / kept), index) * root(index);
  });
  const back = Float64Array.from({ length: kept * columns }, (_, at) => {
    const index = Math.floor(at / columns);
    return root(index) > 0 ? vector(at % columns, index) / root(index) : 0;
  });
  return { into, directions: multiplied(back, rows, columns, width) };
}

/** The product of two matrices: (rows, inner) times (inner, columns). */
function multiplied(one: Float64Array, other: ArrayLike<number>, inner: number, columns: number): Float64Array {
  const out = new Float64Array((one.length / Math.max(1, inner)) * columns);
  one.forEach((factor, at) => {
    const [row, index] = [Math.floor(at / inner), at % inner];
    for (let column = 0; column < columns; column++) {
      const to = row * columns + column;
      out[to] = (out[to] as number) + factor * (other[index * columns + column] as number);
    }
  });
  return out;
}
