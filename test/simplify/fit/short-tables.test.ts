import { describe, expect, it } from "vitest";
import { bestOf, tablesOf, variationOf, type MeansByToken } from "../../../src/simplify/fit/short-tables.ts";
import { seededNormal } from "../../ir/random-model.ts";

const [TOKENS, COLUMNS] = [64, 12];

/** A table of so many kinds of tokens, each token a little off its kind. */
function tableOf(kinds: number, off: number, rank = COLUMNS): MeansByToken {
  const normal = seededNormal(5);
  const along = Array.from({ length: rank * COLUMNS }, normal);
  const kindRows = Array.from({ length: kinds * rank }, normal);
  const table = new Float32Array(TOKENS * COLUMNS);
  for (let token = 0; token < TOKENS; token++) {
    for (let index = 0; index < rank; index++) {
      const amount = kindRows[(token % kinds) * rank + index]! + off * normal();
      for (let column = 0; column < COLUMNS; column++)
        table[token * COLUMNS + column]! += amount * along[index * COLUMNS + column]!;
    }
  }
  const weights = Float64Array.from({ length: TOKENS }, (_, token) => 100 / (1 + token));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(COLUMNS);
  weights.forEach((weight, token) => {
    for (let column = 0; column < COLUMNS; column++)
      mean[column]! += (weight * table[token * COLUMNS + column]!) / total;
  });
  return { columns: COLUMNS, mean, table, weights };
}

describe("short tables", () => {
  it("give tokens that say about the same one row", () => {
    const table = bestOf(tablesOf(tableOf(8, 0.01)), { room: 400, worth: { all: 0.01, each: 8e-7 } });
    // 8 rows and 12 columns along 8 directions or fewer, and the group of each token.
    expect(table.numbers).toBeLessThanOrEqual(400);
    expect(table.groups).toBeDefined();
    expect(table.share).toBeGreaterThan(0.99);
    for (let token = 8; token < TOKENS; token++) expect(table.groups![token]).toBe(table.groups![token % 8]);
  });

  it("keep a row for each token where tokens have little in common but few directions", () => {
    const table = bestOf(tablesOf(tableOf(TOKENS, 0, 2)), { room: 400 });
    expect(table.groups).toBeUndefined();
    expect(table.rank).toBe(2);
    expect(table.share).toBeGreaterThan(0.999);
  });

  it("have no more numbers than they are worth", () => {
    const tables = tablesOf(tableOf(8, 0.3));
    const numbersFor = (all: number) => bestOf(tables, { room: 1e6, worth: { all, each: 8e-7 } }).numbers;
    const numbers = [1e-6, 1e-4, 3e-4, 1e-3, 1].map(numbersFor);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers[0]).toBeLessThan(numbers[4]!);
    const dear = bestOf(tables, { room: 1e6, worth: { all: 3e-4, each: 8e-7 } });
    for (const other of tables) {
      const all = other.shares.length;
      const each = (other.amounts.length + other.directions.length) / all;
      for (let rank = 1; rank <= all; rank++) {
        const share = other.shares.slice(0, rank).reduce((sum, own) => sum + own, 0);
        const beyond = 3e-4 * share - 8e-7 * (rank * each + (other.groups?.length ?? 0));
        expect(3e-4 * dear.share - 8e-7 * dear.numbers).toBeGreaterThanOrEqual(beyond - 1e-15);
      }
    }
  });

  it("say how much of the variation they keep", () => {
    const means = tableOf(8, 0.3);
    const variation = variationOf(means);
    for (const { groups, shares, amounts, directions } of tablesOf(means)) {
      const rank = shares.length;
      let missed = 0;
      for (let token = 0; token < TOKENS; token++) {
        const row = groups ? groups[token]! : token;
        for (let column = 0; column < COLUMNS; column++) {
          let said = means.mean[column]!;
          for (let index = 0; index < rank; index++)
            said += amounts[row * rank + index]! * directions[index * COLUMNS + column]!;
          missed += means.weights[token]! * (means.table[token * COLUMNS + column]! - said) ** 2;
        }
      }
      const share = shares.reduce((sum, own) => sum + own, 0);
      expect(1 - missed / variation).toBeCloseTo(share, 2);
    }
  });

  it("have one direction where all tokens say the same", () => {
    const means = { ...tableOf(1, 0), mean: new Float64Array(COLUMNS) };
    means.mean.set(means.table.subarray(0, COLUMNS));
    expect(bestOf(tablesOf(means), { room: 0, worth: { all: 0, each: 8e-7 } })).toMatchObject({ rank: 1 });
  });
});
