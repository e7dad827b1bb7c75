import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spread } from "../../../src/simplify/algorithm/spread.ts";

describe("spread", () => {
  it("takes all where there are no more than asked for", () => {
    expect(spread([3, 1, 2], 3)).toEqual([3, 1, 2]);
    expect(spread([], 3)).toEqual([]);
  });

  it("keeps one at least", () => {
    expect(spread([3, 1, 2], 0)).toContain(3);
  });

  it("takes as many of every kind where kinds take turns", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 600, max: 5000 }), (kinds, count) => {
        const items = Array.from({ length: count }, (_, index) => index % kinds);
        const taken = spread(items, 500);
        expect(taken.length).toBeLessThan(510);
        expect(taken.length).toBeGreaterThan(250);
        for (let kind = 0; kind < kinds; kind++) {
          const share = taken.filter((item) => item === kind).length / taken.length;
          expect(share * kinds).toBeGreaterThan(0.8);
          expect(share * kinds).toBeLessThan(1.2);
        }
      }),
    );
  });
});
