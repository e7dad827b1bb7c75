import { describe, expect, it } from "vitest";
import type { Observation } from "../../../src/profile/index.ts";
import { fittedPatterns } from "../../../src/simplify/algorithm/relation-looks.ts";
import { seededUniform } from "../../ir/random-model.ts";

const WORDS = [...Array.from({ length: 40 }, (_, number) => String(number)), "<sep>"];
const ALIKE = new Set(Array.from({ length: 40 }, (_, id) => id));
const PLACE = { block: 0, head: 0 };

/** Texts of numbers and what a head attends to there, by a score of the current number and the other one. */
function attending(scoreOf: (own: number, other: number) => number): Observation[] {
  const uniform = seededUniform(8);
  return Array.from({ length: 300 }, (): Observation => {
    const tokens = Array.from({ length: 12 }, () => Math.floor(uniform() * 40));
    const weights = tokens.map((other) => Math.exp(scoreOf(tokens[11]!, other)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const pattern = Float32Array.from(weights, (weight) => weight / total);
    return {
      document: { domain: "task", tokens, position: 0, scored: [11] },
      position: 11,
      scores: new Float32Array(WORDS.length),
      heads: [[{ pattern, output: new Float32Array(2) }]],
    } as unknown as Observation;
  });
}

describe("what a head looks by, where tokens are numbers", () => {
  it("goes without sizes where differences say it all", () => {
    const found = fittedPatterns(
      attending((own, other) => (other > own ? 3 - (other - own) / 8 : 0)),
      WORDS,
      ALIKE,
      PLACE,
    );
    expect(found.plain.form).not.toContain("sizes");
    expect(found.sized).toBeUndefined();
  });

  it("goes by sizes alone where these bring it all the way", () => {
    const found = fittedPatterns(
      attending((own, other) => (other > own ? 4 - other / 5 : -2)),
      WORDS,
      ALIKE,
      PLACE,
    );
    expect(found.plain.form).toContain("sizes");
    expect(found.sized).toBeUndefined();
  });

  it("offers both where sizes bring it nearer, but not all the way", () => {
    const found = fittedPatterns(
      attending((own, other) => (other > own ? 3 - other / 8 : 0) + (((own * 7 + other * 13) % 11) - 5) / 3),
      WORDS,
      ALIKE,
      PLACE,
    );
    expect(found.plain.form).not.toContain("sizes");
    expect(found.sized?.form).toContain("sizes");
    expect(found.sized!.loss).toBeLessThan(found.plain.loss);
  });
});
