import { describe, expect, it } from "vitest";
import { bestOf, rowsBySums, tablesOf, variationOf, type TokenSums } from "../../../src/simplify/fit/short-tables.ts";
import { seededNormal } from "../../ir/random-model.ts";

const [TOKENS, COLUMNS] = [64, 12];

/** Sums over places with one of so many kinds of tokens each, which write what their kind does, each token a little off. */
function sumsOf(kinds: number, off: number, rank = COLUMNS): TokenSums {
  const normal = seededNormal(5);
  const along = Array.from({ length: rank * COLUMNS }, normal);
  const kindRows = Array.from({ length: kinds * rank }, normal);
  const weights = Float64Array.from({ length: TOKENS + 1 }, (_, token) => (token < TOKENS ? 1e5 / (1 + token) : 0));
  const written = new Float64Array((TOKENS + 1) * COLUMNS);
  for (let token = 0; token < TOKENS; token++) {
    for (let index = 0; index < rank; index++) {
      const amount = kindRows[(token % kinds) * rank + index]! + off * normal();
      for (let column = 0; column < COLUMNS; column++)
        written[token * COLUMNS + column]! += weights[token]! * amount * along[index * COLUMNS + column]!;
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = Array.from({ length: COLUMNS }, (_, column) =>
    written.reduce((sum, value, at) => (at % COLUMNS === column ? sum + value / total : sum), 0),
  );
  return {
    columns: COLUMNS,
    weights,
    products: weights,
    written: written.map((value, at) => value - weights[Math.floor(at / COLUMNS)]! * mean[at % COLUMNS]!),
  };
}

describe("short tables", () => {
  it("give tokens that say about the same one row", () => {
    const table = bestOf(tablesOf(sumsOf(8, 0.01)), { room: 400, worth: { all: 0.01, each: 8e-7 } });
    // 8 rows and 12 columns along 8 directions or fewer, and the group of each token.
    expect(table.numbers).toBeLessThanOrEqual(400);
    expect(table.groups).toBeDefined();
    expect(table.share).toBeGreaterThan(0.99);
    for (let token = 8; token < TOKENS; token++) expect(table.groups![token]).toBe(table.groups![token % 8]);
  });

  it("keep a row for each token where tokens have little in common but few directions", () => {
    const table = bestOf(tablesOf(sumsOf(TOKENS, 0, 2)), { room: 400 });
    expect(table.groups).toBeUndefined();
    expect(table.rank).toBe(2);
    expect(table.share).toBeGreaterThan(0.999);
  });

  it("have no more numbers than they are worth", () => {
    const tables = tablesOf(sumsOf(8, 0.3));
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
    const sums = sumsOf(8, 0.3);
    const variation = variationOf(sums);
    for (const { groups, shares, amounts, directions } of tablesOf(sums)) {
      const rank = shares.length;
      let missed = 0;
      for (let token = 0; token < TOKENS; token++) {
        const row = groups ? groups[token]! : token;
        for (let column = 0; column < COLUMNS; column++) {
          let said = 0;
          for (let index = 0; index < rank; index++)
            said += amounts[row * rank + index]! * directions[index * COLUMNS + column]!;
          const mean = sums.written[token * COLUMNS + column]! / sums.weights[token]!;
          missed += sums.weights[token]! * (mean - said) ** 2;
        }
      }
      const share = shares.reduce((sum, own) => sum + own, 0);
      expect(1 - missed / variation).toBeCloseTo(share, 2);
    }
  });

  it("have one direction where all tokens say the same", () => {
    const sums = { ...sumsOf(1, 0), written: new Float64Array((TOKENS + 1) * COLUMNS) };
    expect(bestOf(tablesOf(sums), { room: 0, worth: { all: 0, each: 8e-7 } })).toMatchObject({ rank: 1 });
  });

  it("give what stands first the last row, whatever is alike", () => {
    const sums = sumsOf(8, 0.01);
    sums.written.set(sums.written.subarray(0, COLUMNS), TOKENS * COLUMNS); // as the first token
    const grouped = tablesOf(sums).filter(({ groups }) => groups);
    expect(grouped.length).toBeGreaterThan(0);
    for (const { groups, shares, amounts } of grouped)
      expect(amounts.length).toBe((Math.max(...groups!) + 2) * shares.length);
  });

  it("tell tokens apart that are always counted together", () => {
    // At each place two tokens count, one for .7 and the other for .3; token t writes t - 1 along one direction.
    const [tokens, places] = [4, 6000];
    const [weights, products, written] = [
      new Float64Array(tokens + 1),
      new Float64Array((tokens + 1) ** 2),
      new Float64Array(tokens + 1),
    ];
    for (let place = 0; place < places; place++) {
      const counted = [
        [place % tokens, 0.7],
        [(place * 3 + 1) % tokens, 0.3],
      ] as const;
      const said = counted.reduce((sum, [token, share]) => sum + share * (token - 1), 0);
      for (const [token, share] of counted) {
        weights[token]! += share;
        written[token]! += share * said;
        for (const [other, otherShare] of counted) products[token * (tokens + 1) + other]! += share * otherShare;
      }
    }
    const rows = rowsBySums({ columns: 1, weights, products, written });
    for (let token = 0; token < tokens; token++) expect(rows[token]).toBeCloseTo(token - 1, 2);
    expect(rows[tokens]).toBe(0);
  });
});
