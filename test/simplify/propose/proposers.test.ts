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
