import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBudget, parseBudget, type Budget } from "../src/budget.ts";

describe("parseBudget", () => {
  it.each<[string, Budget]>([
    ["1%", { metric: "flips", limit: 0.01 }],
    ["0.5%", { metric: "flips", limit: 0.005 }],
    ["flips=1%", { metric: "flips", limit: 0.01 }],
    ["wer=100%", { metric: "wer", limit: 1 }],
    ["kl=0.0005", { metric: "kl", limit: 0.0005 }],
    ["kl=5e-4", { metric: "kl", limit: 0.0005 }],
    ["exact", { metric: "exact", limit: 0 }],
    ["rules-only", { metric: "rules", limit: 0 }],
  ])("reads %s", (text, budget) => {
    expect(parseBudget(text)).toEqual(budget);
  });

  it.each([
    "",
    "200%",
    "lol",
    "-1%",
    "flips=abc",
    "flips=1",
    "kl=-1",
    "kl=1%",
    "kl=",
    "%",
    "exact=1",
    "rules",
    "rules=0%",
    "1 %",
    "=1%",
    "kl=1e999",
  ])("refuses %j and says what it takes", (text) => {
    expect(() => parseBudget(text)).toThrow(expect.objectContaining({ code: "budget-invalid", exitCode: 2 }) as Error);
  });

  it("reads what formatBudget writes", () => {
    const share = fc.integer({ min: 0, max: 10_000 }).map((units) => units / 10_000);
    const metric = fc.constantFrom("flips" as const, "wer" as const);
    fc.assert(
      fc.property(fc.record({ metric, limit: share }), (budget) => {
        expect(parseBudget(formatBudget(budget)).limit).toBeCloseTo(budget.limit, 12);
      }),
      { seed: 1 },
    );
    expect(formatBudget(parseBudget("kl=0.0005"))).toBe("kl=0.0005");
    expect(formatBudget(parseBudget("exact"))).toBe("exact");
    expect(formatBudget(parseBudget("rules-only"))).toBe("rules-only");
  });
});
