import fc from "fast-check";
import { expect, test } from "vitest";
import { Series } from "../../src/profile/rule-search.ts";

test("no condition explains more than what the best two levels could", () => {
  const values = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(values, fc.infiniteStream(fc.boolean()), (numbers, coins) => {
      const series = new Series(Float32Array.from(numbers));
      const places = Int32Array.from(numbers.keys()).filter(() => coins.next().value === true);
      expect(series.explainedBy(places)).toBeLessThanOrEqual(series.mostExplained() + 1e-6);
    }),
  );
});

test("two levels that say everything are found", () => {
  expect(new Series(Float32Array.of(1, 0, 1, 1, 0)).mostExplained()).toBeCloseTo(1, 6);
  expect(new Series(Float32Array.of(2, 2, 2)).mostExplained()).toBe(0);
});
