import { afterAll, describe, expect, it } from "vitest";
import type { Proposer } from "../../../src/simplify/candidate.ts";
import { constantHeads } from "../../../src/simplify/propose/constant-heads.ts";
import { constantNeurons } from "../../../src/simplify/propose/constant-neurons.ts";
import { positionalKernels } from "../../../src/simplify/propose/positional-kernels.ts";
import { EVEN_HEAD, Planting, SILENT_HEAD, STEADY_NEURON } from "./planted.ts";

const planting = new Planting();
afterAll(() => planting.close());

const CASES: readonly [proposer: Proposer, planted: string][] = [
  [constantNeurons, STEADY_NEURON],
  [constantHeads, SILENT_HEAD],
  [positionalKernels, EVEN_HEAD],
];

describe.each(CASES)("$name", (proposer, planted) => {
  it("finds what was planted, and predicts that it costs nothing, as it does", async () => {
    const candidate = (await planting.candidates(proposer)).get(planted);
    if (!candidate) throw new Error(`nothing was offered for ${planted}`);
    // 32-bit sums in another order: far below any price that matters.
    expect(candidate.predictedKl).toBeLessThan(1e-9);
    expect(await planting.measuredKl(candidate)).toBeLessThan(1e-9);
  });

  it("is not fooled by sites without the structure: they are predicted to cost, and do", async () => {
    const others = [...(await planting.candidates(proposer)).values()].filter(
      ({ site }) => ![EVEN_HEAD, SILENT_HEAD, STEADY_NEURON].includes(site),
    );
    expect(others.length).toBeGreaterThan(1);
    for (const candidate of others) {
      expect(candidate.predictedKl).toBeGreaterThan(1e-6);
      expect(await planting.measuredKl(candidate)).toBeGreaterThan(1e-6);
    }
  });

  it("offers the same candidates in the same order again", async () => {
    const [first, second] = [await planting.candidates(proposer), await planting.candidates(proposer)];
    expect([...second]).toEqual([...first]);
  });
});

describe("a neuron that was measured on held-out text", () => {
  it("is ranked by the mean of its price and of what it cost there; others by a cautious price", async () => {
    const block = planting.program.blocks[0];
    const id = block?.mlp.parts.find(({ kind }) => kind === "densePart")?.id ?? "";
    const measured = await planting.candidates(constantNeurons, new Map([[id, new Map([[5, 0.125]])]]));
    const plain = await planting.candidates(constantNeurons);
    for (const [site, candidate] of measured) {
      const { predictedKl, cautiousKl, evidence } = candidate;
      if (site === "block00.mlp.neuron0005") {
        expect(cautiousKl).toBeCloseTo((predictedKl + 0.125) / 2, 12);
        expect(evidence).toContain("by itself it costs 1.25e-1 nats on held-out text");
      } else {
        expect(candidate).toEqual(plain.get(site));
        expect(cautiousKl).toBeGreaterThanOrEqual(predictedKl);
      }
    }
  });
});

describe("a rule for a head", () => {
  it("weighs by how much of the head it explains", async () => {
    const candidates = await planting.candidates(positionalKernels);
    const planted = candidates.get(EVEN_HEAD)?.weight ?? 0;
    expect(planted).toBeGreaterThan(1);
    for (const [site, { weight }] of candidates) {
      if (site !== EVEN_HEAD) expect(weight).toBeLessThan(planted);
    }
  });
});
