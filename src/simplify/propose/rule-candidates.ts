import { blockId, predicateCode, setsOf, type Program } from "../../ir/index.ts";
import type { Profile, RuleFit } from "../../profile/index.ts";
import { BITS_PER_CHARACTER, BITS_PER_PARAMETER, type Candidate } from "../candidate.ts";

/** What a rule must explain on held-out text: below, a table or the dense neuron says it in fewer bits. */
export const LEAST_EXPLAINED = 0.9;

/** Standard errors to be cautious by, as for constant neurons. */
const STANDARD_ERRORS = 3;

/** Characters of a token in the list of a set, quotation marks and comma included. */
const CHARACTERS_PER_TOKEN = 8;

/** A candidate for every rule of the profile that explains enough and is of the proposer's kind. */
export function ruleCandidates(
  program: Program,
  profile: Profile,
  proposer: string,
  isOwn: (fit: RuleFit) => boolean,
): Candidate[] {
  return program.blocks.flatMap(({ mlp }, block) => {
    const measured = profile.mlps[block];
    const order = mlp.parts.flatMap((part) => (part.kind === "densePart" ? part.neurons : []));
    const dense = new Set(order);
    const own = (measured?.rules ?? []).filter(
      (fit) => fit.explained >= LEAST_EXPLAINED && isOwn(fit) && fit.levels.every(([neuron]) => dense.has(neuron)),
    );
    return own.map((fit): Candidate => {
      const neurons = fit.levels.map(([neuron]) => measured?.neurons[order.indexOf(neuron)]);
      const left = 1 - Math.min(1, fit.explained);
      const price = neurons.reduce((sum, neuron) => sum + (neuron?.price ?? 0), 0);
      const errors = neurons.reduce((sum, neuron) => sum + (neuron?.priceError ?? 0), 0);
      const [[first] = [0]] = fit.levels;
      return {
        site: `${blockId(block)}.mlp.neuron${String(first).padStart(4, "0")}`,
        proposer,
        replacement: { kind: "rule", block, when: fit.when, levels: fit.levels, proposer },
        bitsSaved: fit.levels.length * (2 * program.width + 1) * BITS_PER_PARAMETER - bitsOf(program, fit),
        // A neuron's price is that of its mean; what the rule foresees of its variation is not lost.
        predictedKl: price * left,
        cautiousKl: (price + STANDARD_ERRORS * errors) * left,
        explained: fit.explained,
        evidence: `${predicateCode(fit.when)} explains ${(100 * fit.explained).toFixed(0)} % of what ${fit.levels.length === 1 ? "the neuron writes" : `${fit.levels.length} neurons write`}, and holds at ${(100 * fit.holds).toFixed(1)} % of positions`,
      };
    });
  });
}

/** The rule's vector, its strength, its source, and the tokens of the sets that the vocabulary does not name. */
function bitsOf({ width, tokenSets }: Program, { when }: RuleFit): number {
  const named = new Set(tokenSets.map(({ name }) => name));
  const listed = setsOf(when).reduce((sum, { name, tokens }) => sum + (named.has(name) ? 0 : tokens.length), 0);
  const characters = predicateCode(when).length + listed * CHARACTERS_PER_TOKEN;
  return (width + 1) * BITS_PER_PARAMETER + characters * BITS_PER_CHARACTER;
}
