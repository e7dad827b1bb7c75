import { describe, expect, it } from "vitest";
import type { Predicate } from "../../src/ir/index.ts";
import type { Candidate } from "../../src/simplify/candidate.ts";
import { saysSetsByText } from "../../src/simplify/sets-by-text.ts";

/** Tokens 1 and 3 read alike. */
const saysSets = saysSetsByText(["a", "b", "c", "b", "constructor"]);

function ruleOn(...tokens: number[]): Candidate {
  const token: Predicate = { kind: "token", back: 0, set: { name: "LEARNED", tokens } };
  const when: Predicate = {
    kind: "and",
    of: [
      { kind: "repeats", length: 1 },
      { kind: "not", of: [token] },
    ],
  };
  return {
    ...{ site: "block00.mlp.neuron0001", proposer: "test", bitsSaved: 1, predictedKl: 0, cautiousKl: 0, evidence: "" },
    replacement: { kind: "rule", block: 0, when, levels: [[1, 0, 1]], proposer: "test" },
  };
}

describe("a rule on a set of tokens", () => {
  it("stays where no other token reads like one of them", () => {
    expect(saysSets(ruleOn(0, 2, 4))).toBe(true);
    expect(saysSets(ruleOn(1, 2, 3))).toBe(true);
  });

  it("goes where a token reads like one of them and is not among them", () => {
    expect(saysSets(ruleOn(0, 1))).toBe(false);
    expect(saysSets(ruleOn(3))).toBe(false);
  });
});

describe("what asks for no set", () => {
  it("stays", () => {
    const { replacement: _rule, ...rest } = ruleOn();
    expect(saysSets({ ...rest, replacement: { kind: "neurons", block: 0, means: [[1, 0]] } })).toBe(true);
  });
});
