import { handlesOf, headId } from "../../ir/index.ts";
import { BITS_PER_PARAMETER, ruleWeight, type Candidate, type Proposer } from "../candidate.ts";
import { bitsOfLooks, parametersOf, weightsOfHead } from "../cost.ts";

/** Heads by rules alone: they look by rules, and move a vector by the token that they attend to. */
export const tokenMoves: Proposer = {
  name: "token-moves",
  propose: (program, _profile, surveyed) =>
    surveyed.tokenMoves.flatMap(({ block, head, replacement, bias, explained, price }): Candidate[] => {
      const { looks, moves } = replacement;
      const handles = [...looks, moves].flatMap(handlesOf);
      return [
        {
          site: headId(block, head),
          proposer: "token-moves",
          replacement: {
            ...{ kind: "head", block, head, looks, moves },
            ...(bias && { bias }),
            tensors: handles.map(({ name }) => [name, program.tensors.get({ name })] as const),
          },
          bitsSaved: (weightsOfHead(program) - parametersOf(moves)) * BITS_PER_PARAMETER - bitsOfLooks(looks),
          weight: ruleWeight(explained),
          predictedKl: price,
          cautiousKl: price,
          explained,
          evidence: `rules for where it looks, and the attended token, explain ${(100 * Math.max(0, explained)).toFixed(0)} % of what the head writes on held-out text`,
        },
      ];
    }),
};
