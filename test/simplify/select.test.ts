import { describe, expect, it } from "vitest";
import type { Program } from "../../src/ir/index.ts";
import type { Candidate } from "../../src/simplify/candidate.ts";
import { select, type Measure } from "../../src/simplify/select.ts";
import { canonicalProgram } from "./canonical-program.ts";

const program = canonicalProgram(7, { layers: 2, heads: 2, inner: 24 });

/** Candidates for the neurons of block 0, the k-th with the predicted KL given. */
function neuronCandidates(costs: readonly number[], bitsSaved = 100): Candidate[] {
  return costs.map((predictedKl, neuron) => ({
    site: `block00.mlp.neuron${String(neuron).padStart(4, "0")}`,
    proposer: "constant-neurons",
    replacement: { kind: "neurons", block: 0, means: [[neuron, 0.5]] },
    bitsSaved,
    predictedKl,
    cautiousKl: predictedKl,
    evidence: "made for this test",
  }));
}

const missingNeurons = (trial: Program): number[] => {
  const part = trial.blocks[0]?.mlp.parts.find(({ kind }) => kind === "densePart");
  const kept = new Set(part?.kind === "densePart" ? part.neurons : []);
  return Array.from({ length: 24 }, (_, neuron) => neuron).filter((neuron) => !kept.has(neuron));
};

/** A measure that charges each missing neuron its true cost; flips are 0.8 times the root of KL. */
const charging =
  (trueCosts: readonly number[]): Measure =>
  (trial) => {
    const kl = missingNeurons(trial).reduce((sum, neuron) => sum + (trueCosts[neuron] ?? 0), 0);
    const flips = 0.8 * Math.sqrt(kl);
    const around = (value: number) => ({ value, low: value * 0.9, high: value * 1.1 });
    return Promise.resolve({ positions: 1_000_000, kl: around(kl), flips: around(flips) });
  };

describe("the selector", () => {
  it("takes the cheapest candidates until the allowance is nearly spent, and stays within it", async () => {
    const costs = Array.from({ length: 24 }, (_, index) => 1e-6 * (index + 1));
    const { accepted, program: chosen } = await select(
      program,
      neuronCandidates(costs),
      { metric: "kl", limit: 1e-4 },
      charging(costs),
    );
    const spent = accepted.reduce((sum, { predictedKl }) => sum + predictedKl, 0);
    // The interval's half width is a tenth of the value: room for other text's value and its interval.
    expect(spent * (1 + 0.1 * (1 + Math.SQRT2))).toBeLessThanOrEqual(1e-4);
    expect(spent).toBeGreaterThan(0.5e-4);
    expect(accepted.map(({ site }) => site)).toEqual(
      neuronCandidates(costs)
        .slice(0, accepted.length)
        .map((c) => c.site),
    );
    expect(missingNeurons(chosen)).toHaveLength(accepted.length);
  });

  it("goes on from what stands, and spends what that leaves without trying more", async () => {
    const costs = Array.from({ length: 24 }, () => 1e-6);
    const around = (value: number) => ({ value, low: value * 0.9, high: value * 1.1 });
    const standing = { positions: 1_000_000, kl: around(70e-6), flips: around(0.8 * Math.sqrt(70e-6)) };
    const measured: number[] = [];
    const onTop: Measure = async (trial, changes) => {
      const own = await charging(costs)(trial, changes);
      measured.push(missingNeurons(trial).length);
      return { ...own, kl: around(own.kl.value + 70e-6) };
    };
    const { accepted } = await select(
      program,
      neuronCandidates(costs),
      { metric: "kl", limit: 1e-4 },
      onTop,
      () => {},
      standing,
    );
    // 100 less room for the interval (see above) and the 70 that stand; all but the last 7 in a hundred is spent.
    expect(accepted.length).toBeGreaterThanOrEqual(5);
    expect(accepted.length).toBeLessThanOrEqual(12);
    expect(Math.max(...measured)).toBeLessThanOrEqual(12);
    expect(await select(program, [], { metric: "kl", limit: 1e-4 }, onTop, () => {}, standing)).toMatchObject({
      accepted: [],
      measured: undefined,
    });
  });

  it("takes bits that weigh more before others that cost as little", async () => {
    const costs = [1e-6, 1e-6];
    const [light, heavy] = neuronCandidates(costs);
    const { ledger } = await select(
      program,
      [light as Candidate, { ...(heavy as Candidate), weight: 2 }],
      { metric: "kl", limit: 1.5e-6 },
      charging(costs),
    );
    expect(ledger.map(({ site, action }) => [site, action])).toEqual([
      [heavy?.site, "accepted"],
      [light?.site, "rejected"],
    ]);
  });

  it("finds the candidate whose prediction was wrong, rejects it with its numbers and keeps the others", async () => {
    const predicted = Array.from({ length: 16 }, () => 1e-7);
    const truth = predicted.map((cost, neuron) => (neuron === 5 ? 1 : cost));
    const { accepted, ledger } = await select(
      program,
      neuronCandidates(predicted),
      { metric: "flips", limit: 0.01 },
      charging(truth),
    );
    expect(accepted).toHaveLength(15);
    const rejected = ledger.filter(({ action }) => action === "rejected");
    expect(rejected.map(({ site }) => site)).toEqual(["block00.mlp.neuron0005"]);
    expect(rejected[0]?.measuredKl).toBeGreaterThan(0.9);
  });

  it("writes every candidate to the ledger exactly once", async () => {
    const costs = Array.from({ length: 24 }, (_, index) => 1e-5 * 2 ** index);
    const { ledger } = await select(program, neuronCandidates(costs), { metric: "kl", limit: 1e-3 }, charging(costs));
    expect(ledger.map(({ site }) => site).sort()).toEqual(neuronCandidates(costs).map(({ site }) => site));
  });

  it("changes nothing when the first candidate alone leaves the budget", async () => {
    const costs = [0.5, 0.6];
    const { program: chosen, accepted } = await select(
      program,
      neuronCandidates(costs),
      { metric: "flips", limit: 0.01 },
      charging(costs),
    );
    expect(accepted).toEqual([]);
    expect(chosen).toBe(program);
  });

  it("takes no flip among few positions for no flips at all", async () => {
    const none = { value: 0, low: 0, high: 0 };
    const acceptedOf = async (positions: number): Promise<number> => {
      const measure: Measure = () => Promise.resolve({ positions, kl: none, flips: none });
      const { accepted } = await select(program, neuronCandidates([1e-7]), { metric: "flips", limit: 0.01 }, measure);
      return accepted.length;
    };
    expect(await acceptedOf(300)).toBe(0);
    expect(await acceptedOf(500)).toBe(1);
  });

  it("ignores candidates that save no bits and takes one replacement a site", async () => {
    const [first, second] = neuronCandidates([1e-7, 1e-7]);
    if (!first || !second) throw new Error("two candidates were made above");
    const costly = { ...second, bitsSaved: -1 };
    const rival = { ...first, proposer: "rival", predictedKl: 2e-7, cautiousKl: 2e-7 };
    const { accepted, ledger } = await select(
      program,
      [first, costly, rival],
      { metric: "kl", limit: 1e-3 },
      charging([1e-7, 1e-7]),
    );
    expect(accepted).toEqual([first]);
    expect(ledger.find(({ pass }) => pass === "rival")?.reason).toContain("another replacement of the same site");
  });
});
