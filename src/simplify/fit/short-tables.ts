import { symmetricEigen } from "../../profile/index.ts";
import { groupsAfter, wardMerges } from "./ward.ts";

/** Means by token. */
export interface MeansByToken {
  readonly columns: number;
  /** Of all tokens together (columns). */
  readonly mean: Float64Array;
  /** (vocabulary, columns); the mean where a token was not seen. */
  readonly table: Float32Array;
  /** What each token weighed (vocabulary). */
  readonly weights: Float64Array;
}

/** A table by token along few directions, in which tokens may share a row. */
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
export function tablesOf(means: MeansByToken): WholeTable[] {
  const variation = variationOf(means);
  const single = alongDirections(means, variation);
  const vocabulary = means.weights.length;
  if (vocabulary > MOST_GROUPED) return [single];
  const merges = wardMerges(single.amounts, means.weights, single.shares.length);
  const shared = TOKENS_TO_A_GROUP.map((tokens) => Math.floor(vocabulary / tokens))
    .filter((rows) => rows > 1)
    .map((rows): WholeTable => {
      const groups = groupsAfter(merges, vocabulary, rows);
      return { groups, ...alongDirections(byGroup(means, groups), variation) };
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

/** How much tables vary from token to token, by how often each occurs. */
export function variationOf({ columns, mean, table, weights }: MeansByToken): number {
  return table.reduce(
    (sum, value, at) =>
      sum + (weights[Math.floor(at / columns)] as number) * (value - (mean[at % columns] as number)) ** 2,
    0,
  );
}

/** The means of groups, by how often each of their tokens occurs. */
function byGroup({ columns, mean, table, weights }: MeansByToken, groups: Int32Array): MeansByToken {
  const rows = 1 + Math.max(...groups);
  const [sums, totals] = [new Float64Array(rows * columns), new Float64Array(rows)];
  groups.forEach((row, token) => {
    const weight = weights[token] as number;
    totals[row] = (totals[row] as number) + weight;
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      sums[at] = (sums[at] as number) + weight * (table[token * columns + column] as number);
    }
  });
  const means = Float32Array.from(sums, (sum, at) => {
    const total = totals[Math.floor(at / columns)] as number;
    return total > 0 ? sum / total : (mean[at % columns] as number);
  });
  return { columns, mean, table: means, weights: totals };
}

/** The directions along which rows differ most, each row by what it weighs (Eckart and Young 1936); at least one. */
function alongDirections({ columns, mean, table, weights }: MeansByToken, variation: number): WholeTable {
  const off = table.map((value, at) => value - (mean[at % columns] as number));
  const products = new Float64Array(columns * columns);
  weights.forEach((weight, row) => {
    if (weight === 0) return;
    const own = off.subarray(row * columns, (row + 1) * columns);
    own.forEach((value, one) => {
      const factor = weight * value;
      for (let column = 0; column < columns; column++) {
        const at = one * columns + column;
        products[at] = (products[at] as number) + factor * (own[column] as number);
      }
    });
  });
  const { values, vectors } = symmetricEigen(products); // a column each
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
        sum += (off[row * columns + column] as number) * (directions[index * columns + column] as number);
      }
      amounts[row * rank + index] = sum;
    }
  }
  return { shares, amounts, directions };
}
