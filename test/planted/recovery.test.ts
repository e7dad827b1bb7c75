import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ruleAttention, ruleMeaning } from "../../src/codegen/rule-attention.ts";
import { Engine } from "../../src/engine/index.ts";
import { headId, lift, predicateCode, setsOf, type LiftSource, type LookNode } from "../../src/ir/index.ts";
import { profileProgram } from "../../src/profile/index.ts";
import type { Candidate } from "../../src/simplify/candidate.ts";
import { canonicalise } from "../../src/simplify/index.ts";
import { matchHeads } from "../../src/simplify/propose/match-heads.ts";
import { positionalKernels } from "../../src/simplify/propose/positional-kernels.ts";
import { predicateNeurons } from "../../src/simplify/propose/predicate-neurons.ts";
import { tokenSetNeurons } from "../../src/simplify/propose/token-set-neurons.ts";
import { randomLiftSource } from "../ir/random-model.ts";
import { plantedDocuments } from "./documents.ts";
import { plantedModel, type Planted } from "./model.ts";
import { WORDS } from "./vocabulary.ts";

/** Standard deviations of the noise in all weights: GPT-2's scale, and a quarter more. */
const DRAWN: readonly (readonly [seed: number, noise: number])[] = [
  [1, 0.02],
  [2, 0.02],
  [3, 0.02],
  [4, 0.02],
  [5, 0.025],
];

const engine = new Engine({ workers: 2 });
afterAll(() => engine.close());

/** These proposers need nothing that was priced in the program as it became. */
const UNSURVEYED = { columns: new Map(), heads: [], tokenMoves: [], tokenTables: [], measuredNeurons: new Map() };

/** What the proposers offer for a model. */
async function recovered(source: LiftSource, seed: number) {
  const { program } = canonicalise(lift(source), WORDS);
  const text = { calibrate: plantedDocuments(seed, 48), heldOut: plantedDocuments(1000 + seed, 40) };
  const profile = await profileProgram(engine, program, text, { decision: "argmax", seed });
  return {
    matches: matchHeads.propose(program, profile, UNSURVEYED),
    kernels: positionalKernels.propose(program, profile, UNSURVEYED),
    rules: [
      ...tokenSetNeurons.propose(program, profile, UNSURVEYED),
      ...predicateNeurons.propose(program, profile, UNSURVEYED),
    ],
  };
}

const looksOf = ({ replacement }: Candidate): readonly LookNode[] =>
  replacement.kind === "head" ? (replacement.looks ?? []) : [];

/** Of heads that distance alone describes: which ones look at the previous token, and which ones at the first alone. */
function byDistance(kernels: readonly Candidate[]) {
  const seen = kernels.map((candidate) => ({
    site: candidate.site,
    attention: ruleAttention(looksOf(candidate), 32),
  }));
  return {
    sinks: seen.filter(({ attention }) => (attention?.first ?? 0) > 0.9).map(({ site }) => site),
    previous: seen
      .filter(({ attention }) => attention && attention.first <= 0.9 && ruleMeaning(attention) === "previousToken")
      .map(({ site }) => site),
  };
}

const matchesOf = (candidates: readonly Candidate[], keyBack: 0 | 1): string[] =>
  candidates
    .filter((candidate) =>
      looksOf(candidate).some((look) => look.kind === "matchLook" && look.rule.keyBack === keyBack),
    )
    .map(({ site }) => site);

/** Rules of a block: the condition, the tokens of each set, the neurons. */
const rulesOf = (candidates: readonly Candidate[], block: number) =>
  candidates.flatMap(({ replacement }) => {
    if (replacement.kind !== "rule" || replacement.block !== block) return [];
    const sets = setsOf(replacement.when);
    const code = sets.reduce(
      (text, { name }, index) => text.replace(name, `SET${index}`),
      predicateCode(replacement.when),
    );
    return [{ code, tokens: sets.map(({ tokens }) => tokens), neurons: replacement.levels.map(([neuron]) => neuron) }];
  });

describe.each(DRAWN)("circuits planted with seed %i in noise of %f", (seed, noise) => {
  let planted: Planted;
  let found: Awaited<ReturnType<typeof recovered>>;
  beforeAll(async () => {
    planted = plantedModel(seed, noise);
    found = await recovered(planted.source, seed);
  });

  it("give the previous-token head, and no other", () => {
    expect(byDistance(found.kernels).previous).toEqual([headId(0, planted.previous)]);
  });

  it("give the head that rests on the first token, and no other", () => {
    expect(byDistance(found.kernels).sinks).toEqual([headId(1, planted.sink)]);
  });

  it("give the duplicate-token head, and no other, with one score for all lengths", () => {
    expect(matchesOf(found.matches, 0)).toEqual([headId(0, planted.duplicate)]);
    const look = found.matches.flatMap(looksOf).find((node) => node.kind === "matchLook");
    if (look?.kind !== "matchLook") throw new Error("There is no match look.");
    // Planted: 10 for each, whatever the length.
    for (const score of look.rule.scores) expect(Math.abs(score - 10)).toBeLessThan(1);
  });

  it("give the induction head, and not the head that looks for another token each time", () => {
    expect(matchesOf(found.matches, 1)).toEqual([headId(1, planted.induction)]);
  });

  it("give the token-set neuron with exactly its tokens, and none of the neurons with graded levels", () => {
    expect(rulesOf(found.rules, 0)).toEqual([
      { code: "here.token.isIn(SET0)", tokens: [planted.tokenSet], neurons: [planted.tokenNeuron] },
    ]);
  });

  it("give the bracket counter as one rule for both of its neurons", () => {
    const counters = rulesOf(found.rules, 1).filter(({ neurons }) => neurons.length > 1);
    const neurons = [...planted.counter].sort((one, other) => one - other);
    expect(counters).toEqual([{ code: "here.depth(SET0, SET1) >= 1", tokens: [[1], [2]], neurons }]);
  });

  it("give the neuron that fires at names after quotation marks, and nothing else", () => {
    const others = rulesOf(found.rules, 1).filter(({ neurons }) => neurons.length === 1);
    const both = [
      "here.previous.isIn(SET0) && here.token.isIn(SET1)",
      "here.token.isIn(SET0) && here.previous.isIn(SET1)",
    ];
    expect(others).toHaveLength(1);
    expect(both).toContain(others[0]?.code);
    expect(others[0]?.tokens.toSorted((one, other) => one.length - other.length)).toEqual([[0], [3, 4, 5, 6, 7]]);
    expect(others[0]?.neurons).toEqual([planted.afterQuote]);
  });
});

describe.each([11, 12, 13])("random weights without any structure, drawn with seed %i", (seed) => {
  it("give no rule and no match", async () => {
    const sizes = { vocabulary: WORDS.length, context: 32, width: 32, heads: 4, inner: 24 };
    const { rules, matches } = await recovered(randomLiftSource(seed, sizes), seed);
    expect(rules).toEqual([]);
    expect(matches).toEqual([]);
  });
});
