import { describe, expect, it } from "vitest";
import { parseBudget } from "../../src/budget.ts";
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
