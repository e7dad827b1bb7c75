import { describe, expect, it } from "vitest";
import { parseBudget } from "../../src/budget.ts";
import { spendable } from "../../src/simplify/allowance.ts";
import { allowanceOf } from "../../src/simplify/index.ts";

describe("allowanceOf", () => {
  it.each([
    ["1%", { metric: "flips", limit: 0.01 }],
    ["kl=0.0005", { metric: "kl", limit: 0.0005 }],
    ["wer=1%", { metric: "flips", limit: 0.001 }],
    ["exact", undefined],
  ])("of %s is what the selector can measure", (budget, allowance) => {
    expect(allowanceOf(parseBudget(budget))).toEqual(allowance);
  });

  it("of rules-only has no limit", () => {
    expect(allowanceOf(parseBudget("rules-only"))?.limit).toBe(Infinity);
  });
});

describe("what may be spent before a refit", () => {
  it("is the expected gain where nothing stands yet, and nothing more where all is used", () => {
    for (const metric of ["kl", "flips"] as const) {
      expect(spendable({ metric }, 0, 1.5)).toBeCloseTo(1.5, 12);
      expect(spendable({ metric }, 1, 1.5)).toBeCloseTo(1, 12);
    }
  });

  it("wins back a part of what is newly lost alone, in KL", () => {
    // 0.6 stands; 0.4 * 1.5 more is lost, of which the refit leaves 0.4.
    expect(spendable({ metric: "kl" }, 0.6, 1.5)).toBeCloseTo(0.6 + 0.4 * 1.5, 12);
    // Flips go with the root of KL: 0.36 of it stands, and 0.64 * 1.5^2 more is lost.
    expect(spendable({ metric: "flips" }, 0.6, 1.5)).toBeCloseTo(Math.sqrt(0.36 + 0.64 * 2.25), 12);
  });
});
