import { ruleAttention, ruleMeaning, scoresByDistance } from "../../src/codegen/rule-attention.ts";
import type { Engine } from "../../src/engine/index.ts";
import { headId, lift, predicateCode, setsOf, type LiftSource, type LookNode } from "../../src/ir/index.ts";
import { profileProgram } from "../../src/profile/index.ts";
import type { Candidate } from "../../src/simplify/candidate.ts";
import { canonicalise } from "../../src/simplify/index.ts";
import { matchHeads } from "../../src/simplify/propose/match-heads.ts";
import { positionalKernels } from "../../src/simplify/propose/positional-kernels.ts";
import { predicateNeurons } from "../../src/simplify/propose/predicate-neurons.ts";
import { tokenSetNeurons } from "../../src/simplify/propose/token-set-neurons.ts";
import { plantedDocuments } from "./documents.ts";
import type { Planted } from "./model.ts";
import { WORDS } from "./vocabulary.ts";

/** Positions of a text in which it is asked where a head looks by distance. */
const READ = 32;

/** These proposers need nothing that was priced in the program as it became. */
const UNSURVEYED = { columns: new Map(), heads: [], tokenMoves: [], tokenTables: [], measuredNeurons: new Map() };

/** What the proposers offer for a model. */
export async function recovered(engine: Engine, source: LiftSource, seed: number) {
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

export const looksOf = ({ replacement }: Candidate): readonly LookNode[] =>
  replacement.kind === "head" ? (replacement.looks ?? []) : [];

/** What is claimed of a model, a sentence for each circuit; the same for the same circuit, whoever says it. */
export function claimsOf({ matches, kernels, rules }: Awaited<ReturnType<typeof recovered>>): string[] {
  const byDistance = kernels.flatMap((candidate) => {
    const looks = looksOf(candidate);
    const attention = ruleAttention(looks, READ);
    if (!attention) return [];
    const { site } = candidate;
    if (attention.first > 0.9) return [`${site} looks at the first token`];
    if (ruleMeaning(attention) === "previousToken") return [`${site} looks 1 back`];
    const scores = scoresByDistance(looks, READ);
    const back = scores.indexOf(Math.max(...scores.subarray(0, READ - 1)));
    // A score far above all others is one distance; an average over many is none.
    const others = scores.filter((_, at) => at !== back && at !== READ - 1);
    return Math.max(...others) < (scores[back] as number) - SHARP ? [`${site} looks ${back} back`] : [];
  });
  const byMatch = matches.flatMap((candidate) =>
    looksOf(candidate).flatMap((look) => {
      if (look.kind !== "matchLook") return [];
      const scores = look.rule.scores.map((score) => Math.round(score));
      const isLevel = scores.every((score) => score === scores[0]);
      if (look.rule.keyBack === 1) return [`${candidate.site} looks at what followed a match`];
      return [`${candidate.site} looks at the same token${isLevel ? "" : " more, the longer the match"}`];
    }),
  );
  const byRule = rules.flatMap(({ replacement }) => {
    if (replacement.kind !== "rule") return [];
    const sets = setsOf(replacement.when);
    const code = sets.reduce(
      (text, { name, tokens }) => text.replace(name, `{${tokens.join(" ")}}`),
      predicateCode(replacement.when),
    );
    const neurons = replacement.levels.map(([neuron]) => neuron).join(" ");
    return [`block ${replacement.block}, neurons ${neurons}: ${code.split(" && ").sort().join(" && ")}`];
  });
  return [...byDistance, ...byMatch, ...byRule];
}

/** By how much a distance's attention score stands above all others where a head looks at it alone. */
const SHARP = 3;

/** What was planted, in the same sentences. */
export function truthsOf(planted: Planted): string[] {
  const neurons = (own: readonly number[]): string => [...own].sort((one, other) => one - other).join(" ");
  return [
    `${headId(0, planted.previous)} looks 1 back`,
    `${headId(0, planted.further)} looks ${planted.tokensBack} back`,
    `${headId(0, planted.duplicate)} looks at the same token`,
    `${headId(1, planted.induction)} looks at what followed a match`,
    `${headId(1, planted.sink)} looks at the first token`,
    `block 0, neurons ${planted.tokenNeuron}: here.token.isIn({${planted.tokenSet.join(" ")}})`,
    `block 1, neurons ${neurons(planted.counter)}: here.depth({1}, {2}) >= 1`,
    `block 1, neurons ${planted.afterQuote}: here.previous.isIn({0}) && here.token.isIn({3 4 5 6 7})`,
  ];
}
