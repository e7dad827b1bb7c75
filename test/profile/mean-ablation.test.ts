import { describe, expect, it } from "vitest";
import { compareRows } from "../../src/engine/index.ts";
import { lift, withConstantHead, type Program } from "../../src/ir/index.ts";
import { costsOfMeans, ObservedModel } from "../../src/profile/index.ts";
import { randomDocuments } from "../engine/random-documents.ts";
import { randomLiftSource } from "../ir/random-model.ts";

const VOCABULARY = 24;
const program = lift(randomLiftSource(1, { layers: 2, heads: 2, width: 16, inner: 20, vocabulary: VOCABULARY }));
const everywhere = randomDocuments(5, 20, 9, VOCABULARY).map((document) => {
  return { ...document, scored: document.tokens.map((_, at) => at) };
});

/** The original's mean of a head, in its place. */
function atMean(of: Program, block: number, head: number): Program {
  const outputs = new ObservedModel(program).observe(everywhere).map(({ heads }) => heads[block]![head]!.output);
  const mean = Float32Array.from({ length: program.width }, (_, column) => {
    return outputs.reduce((sum, output) => sum + output[column]! / outputs.length, 0);
  });
  return withConstantHead(of, { block, head }, mean);
}

function klTo(changed: Program): number {
  const [before, after] = [program, changed].map((each) => new ObservedModel(each).scores(everywhere).flat());
  return before!.reduce((sum, row, at) => sum + compareRows("argmax", row, after![at]!).kl, 0) / before!.length;
}

describe("what means cost", () => {
  const costs = costsOfMeans(program, everywhere, everywhere, "argmax");

  it("is the KL of the program with a constant in a head's place", () => {
    for (const block of [0, 1]) {
      for (const head of [0, 1]) {
        expect(costs.heads[block]![head]).toBeCloseTo(klTo(atMean(program, block, head)), 7);
      }
    }
  });

  it("is that of all heads of a block at once, and of its MLP", () => {
    expect(costs.attention[1]).toBeCloseTo(klTo(atMean(atMean(program, 1, 0), 1, 1)), 7);
    expect(costs.mlps).toHaveLength(2);
    for (const cost of costs.mlps) expect(cost).toBeGreaterThan(0);
  });
});
