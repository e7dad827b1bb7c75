import { describe, expect, test } from "vitest";
import { compareRows, klFrom } from "../../src/engine/index.ts";
import type { Decision } from "../../src/text/index.ts";

const row = (...scores: number[]): Float32Array => Float32Array.from(scores);

describe("compareRows", () => {
  test("sees no difference where a constant is added to all scores", () => {
    const { flip, kl } = compareRows("argmax", row(1, 3, 2), row(101, 103, 102));
    expect(flip).toBe(false);
    expect(kl).toBeCloseTo(0, 12);
  });

  test("takes the divergence of the softmaxes and the lead of the original's best answer", () => {
    const result = compareRows("argmax", row(Math.log(3), 0), row(0, 0));
    expect(result.flip).toBe(false); // equal scores: the lowest index answers
    expect(result.margin).toBeCloseTo(Math.log(3), 6);
    expect(result.kl).toBeCloseTo(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), 6);
  });

  test("flips where another answer is best", () => {
    expect(compareRows("argmax", row(1, 2), row(2, 1)).flip).toBe(true);
    expect(compareRows("argmax", row(1, 2, 0), row(0, 2, 1)).flip).toBe(false);
  });

  test("takes each token as a coin where all positive tokens are the answer", () => {
    const result = compareRows("positive", row(Math.log(3), -2), row(0.1, 0));
    expect(result.flip).toBe(false);
    expect(result.margin).toBeCloseTo(Math.log(3), 6);
    const coin = (p: number, q: number) => p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
    const odds = (x: number) => 1 / (1 + Math.exp(-x));
    expect(result.kl).toBeCloseTo(coin(0.75, odds(0.1)) + coin(odds(-2), 0.5), 6);
    expect(compareRows("positive", row(1, -2), row(1, 0.1)).flip).toBe(true);
  });

  test("stays finite for scores that no exponential can hold", () => {
    expect(compareRows("argmax", row(2000, -2000), row(-2000, 2000)).kl).toBeCloseTo(4000, 6);
    expect(compareRows("positive", row(2000, -2000), row(-2000, 2000)).kl).toBeCloseTo(4000, 6);
  });
});

describe("klFrom", () => {
  test.each<Decision>(["argmax", "positive"])(
    "is the sum over rows of what comparing each gives, for %s",
    (decision) => {
      const original = row(1, 3, 2, -4, 0, 700);
      const changed = row(2, 3, -1, -4, 1, 690);
      const each = [0, 3].map((start) => {
        return compareRows(decision, original.subarray(start, start + 3), changed.subarray(start, start + 3)).kl;
      });
      const kl = klFrom(decision, original, 3);
      expect(kl(changed)).toBeCloseTo((each[0] ?? 0) + (each[1] ?? 0), 6);
      expect(kl(changed)).toBeGreaterThan(0.1);
      expect(kl(original.slice())).toBe(0);
    },
  );
});
