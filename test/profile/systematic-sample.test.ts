import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/engine/index.ts";
import { systematicSample } from "../../src/profile/systematic-sample.ts";

const SIZES = [0, 3, 1, 0, 900, 2, 7, 5, 1, 1];

describe("systematicSample", () => {
  test("draws as many as are wanted, in order, each at most once", () => {
    for (let seed = 0; seed < 50; seed++) {
      const indices = systematicSample(SIZES, 4, createRandom(seed)).map(({ index }) => index);
      expect([3, 4]).toContain(indices.length); // the sum of the chances is 4, but for rounding
      expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
    }
  });

  test("draws all where no more are there than are wanted, and from sizes that are all 0", () => {
    expect(systematicSample([5, 0], 2, createRandom(1))).toEqual([
      { index: 0, probability: 1 },
      { index: 1, probability: 1 },
    ]);
    for (const { probability } of systematicSample([0, 0, 0, 0], 2, createRandom(1))) expect(probability).toBe(0.5);
  });

  test("draws by size, and what is too large for that always", () => {
    const counts = SIZES.map(() => 0);
    for (let seed = 0; seed < 2000; seed++) {
      for (const { index } of systematicSample(SIZES, 4, createRandom(seed))) counts[index] = (counts[index] ?? 0) + 1;
    }
    expect(counts[4]).toBe(2000);
    expect(counts[6]).toBeGreaterThan(counts[2] ?? 0);
    expect(counts[0]).toBeGreaterThan(0);
  });

  test("gives sums that are right on average", () => {
    const amounts = SIZES.map((size, index) => size * (1 + index / 10) + 0.5);
    const whole = amounts.reduce((sum, amount) => sum + amount, 0);
    let sum = 0;
    for (let seed = 0; seed < 4000; seed++) {
      for (const { index, probability } of systematicSample(SIZES, 4, createRandom(seed))) {
        sum += (amounts[index] ?? 0) / probability;
      }
    }
    expect(sum / 4000 / whole).toBeGreaterThan(0.99);
    expect(sum / 4000 / whole).toBeLessThan(1.01);
  });
});
