import { factorised, symmetricEigen } from "../../profile/index.ts";
import { groupsAfter, wardMerges } from "./ward.ts";

/**
 * What vectors by token are fitted to: sums over places, at each of which rows count for so much and something is written, here
 * taken off its mean. The rows are those of the tokens, and as the last one that of what stands first in the text, which counts
 * beside its token.
 */
export interface TokenSums {
  readonly columns: number;
  /** How much each row counts in all (rows). */
  readonly weights: Float64Array;
  /** Products of what two rows count for (rows, rows); those of each with itself (rows) where no two count at one place. */
  readonly products: Float64Array;
  /** What a row counts for times what is written (rows, columns). */
  readonly written: Float64Array;
}

/** A table by token along few directions, in which tokens may share a row; what stands first has the last one. */
export interface ShortTable {
  /** The row of each token (vocabulary); without it each has its own. */
  readonly groups?: Int32Array;
  readonly rank: number;
  /** (rows, rank) */
  readonly amounts: Float32Array;
  /** (rank, columns) */
  readonly directions: Float32Array;
  /** What part of all variation from token to token it keeps. */
  readonly share: number;
  readonly numbers: number;
}

/** A table along all of its directions, those along which its rows differ most first. */
export interface WholeTable {
  readonly groups?: Int32Array;
  /** What part of all variation from token to token each direction has. */
  readonly shares: readonly number[];
  /** (rows, directions) */
  readonly amounts: Float32Array;
  /** (directions, columns) */
  readonly directions: Float32Array;
}

/** In nats a position. */
interface Worth {
  readonly all: number;
  readonly each: number;
}

/** Tokens to a group, on average: from few to many. */
const TOKENS_TO_A_GROUP = [2, 2.8, 4, 5.6, 8, 11, 16, 22];

/** With a larger vocabulary no tokens are grouped: time grows with its square. */
const MOST_GROUPED = 4096;

/** A direction with less of all variation than that is left out. */
const NEGLIGIBLE = 1e-4;

/** The table with a row for each token, and tables in which tokens that say about the same share one. */
export function tablesOf(sums: TokenSums): WholeTable[] {
  const rowsOfTokens = rowsBySums(sums);
  const variation = foreseenBy(rowsOfTokens, sums);
  const single = alongDirections(sums, rowsOfTokens, variation);
  const vocabulary = sums.weights.length - 1;
  if (vocabulary > MOST_GROUPED) return [single];
  const rank = single.shares.length;
  const merges = wardMerges(single.amounts.subarray(0, vocabulary * rank), sums.weights.subarray(0, vocabulary), rank);
  const shared = TOKENS_TO_A_GROUP.map((tokens) => Math.floor(vocabulary / tokens))
    .filter((rows) => rows > 1)
    .map((rows): WholeTable => {
      const groups = groupsAfter(merges, vocabulary, rows);
      const grouped = byGroup(sums, [...groups, rows]);
      return { groups, ...alongDirections(grouped, rowsBySums(grouped), variation) };
    });
  return [single, ...shared];
}

/**
 * The table, and as many of its directions, that is worth most beyond its numbers.
 *
 * @param room numbers that it may have; one direction is there in any case
 * @param worth what all variation from token to token is worth, and what each number has to be, in nats a position; without
 * it numbers cost nothing
 */
export function bestOf(
  tables: readonly WholeTable[],
  { room, worth = { all: 1, each: 0 } }: { readonly room: number; readonly worth?: Worth },
): ShortTable {
  let best: (Pick<ShortTable, "rank" | "share" | "numbers"> & { readonly table: WholeTable }) | undefined;
  let most = -Infinity;
  for (const table of tables) {
    const { groups, shares, amounts, directions } = table;
    const all = shares.length;
    const each = (amounts.length + directions.length) / all;
    let share = 0;
    for (let rank = 1; rank <= all; rank++) {
      share += shares[rank - 1] as number;
      const numbers = rank * each + (groups?.length ?? 0);
      if (best && numbers > room) break;
      const beyond = worth.all * share - worth.each * numbers;
      if (best && !(beyond > most)) continue;
      [best, most] = [{ table, rank, share, numbers }, beyond];
    }
  }
  if (!best) throw new Error("A table has a direction.");
  const { table, ...chosen } = best;
  const all = table.shares.length;
  return {
    ...chosen,
    ...(table.groups && { groups: table.groups }),
    amounts: table.amounts.filter((_, at) => at % all < chosen.rank),
    directions: table.directions.slice(0, chosen.rank * (table.directions.length / all)),
  };
}

/** The rows that come nearest to what is written, by least squares: (rows, columns). */
export function rowsBySums({ columns, weights, products, written }: TokenSums): Float64Array {
  const rows = weights.length;
  if (products.length === rows) {
    return written.map((sum, at) => {
      const square = products[Math.floor(at / columns)] as number;
      return square > 0 ? sum / square : 0;
    });
  }
  const solve = factorised(products);
  const found = new Float64Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    const own = solve(Float64Array.from(weights, (_, row) => written[row * columns + column] as number));
    own.forEach((value, row) => (found[row * columns + column] = value));
  }
  return found;
}

/** How much of the squares of what is written a row for each token foresees. */
export function variationOf(sums: TokenSums): number {
  return foreseenBy(rowsBySums(sums), sums);
}

function foreseenBy(rows: Float64Array, { written }: TokenSums): number {
  return rows.reduce((sum, value, at) => sum + value * (written[at] as number), 0);
}

/** The sums of groups: what two of one group count for adds up. */
function byGroup({ columns, weights, products, written }: TokenSums, groups: readonly number[]): TokenSums {
  const rows = weights.length;
  const count = 1 + Math.max(...groups);
  const rowOf = (row: number): number => groups[row] as number;
  const grouped = new Float64Array(count);
  const both = new Float64Array(products.length === rows ? count : count * count);
  const sums = new Float64Array(count * columns);
  const addTo = (into: Float64Array, at: number, value: number): void => {
    into[at] = (into[at] as number) + value;
  };
  weights.forEach((weight, row) => addTo(grouped, rowOf(row), weight));
  written.forEach((sum, at) => addTo(sums, rowOf(Math.floor(at / columns)) * columns + (at % columns), sum));
  products.forEach((sum, at) => {
    if (products.length === rows) addTo(both, rowOf(at), sum);
    else addTo(both, rowOf(Math.floor(at / rows)) * count + rowOf(at % rows), sum);
  });
  return { columns, weights: grouped, products: both, written: sums };
}

/**
 * The rows along the directions by which most of what is written is foreseen, those first that foresee most (reduced-rank
 * regression, Izenman 1975); at least one.
 */
function alongDirections({ columns, weights, written }: TokenSums, found: Float64Array, variation: number): WholeTable {
  const foreseen = new Float64Array(columns * columns);
  for (let row = 0; row < weights.length; row++) {
    for (let one = 0; one < columns; one++) {
      const factor = written[row * columns + one] as number;
      if (factor === 0) continue;
      for (let column = 0; column < columns; column++) {
        const at = one * columns + column;
        foreseen[at] = (foreseen[at] as number) + factor * (found[row * columns + column] as number);
      }
    }
  }
  const symmetric = foreseen.map(
    (value, at) => (value + (foreseen[(at % columns) * columns + Math.floor(at / columns)] as number)) / 2,
  );
  const { values, vectors } = symmetricEigen(symmetric); // a column each
  const shares = Array.from(values, (value) => (variation > 0 ? value / variation : 0)).filter(
    (share, rank) => rank === 0 || share > NEGLIGIBLE,
  );
  const rank = shares.length;
  const directions = Float32Array.from(
    { length: rank * columns },
    (_, at) => vectors[(at % columns) * columns + Math.floor(at / columns)] as number,
  );
  const amounts = new Float32Array(weights.length * rank);
  for (let row = 0; row < weights.length; row++) {
    for (let index = 0; index < rank; index++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) {
        sum += (found[row * columns + column] as number) * (directions[index * columns + column] as number);
      }
      amounts[row * rank + index] = sum;
    }
  }
  return { shares, amounts, directions };
}
