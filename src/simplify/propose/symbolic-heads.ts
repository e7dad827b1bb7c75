import { headId, handlesOf } from "../../ir/index.ts";
import { BITS_PER_PARAMETER, ruleWeight, type Candidate, type Proposer } from "../candidate.ts";
import { bitsOfLooks, weightsOfLook } from "../cost.ts";

/** Heads that look by rules over distance, tokens, classes of tokens and repetitions; values as before. */
export const symbolicHeads: Proposer = {
  name: "symbolic-heads",
  propose: (program, _profile, { heads }) =>
    heads.map(({ block, head, replacement: { looks }, explained, price }): Candidate => {
      const handles = looks.flatMap(handlesOf);
      return {
        site: headId(block, head),
        proposer: "symbolic-heads",
        replacement: {
          ...{ kind: "head", block, head, looks },
          tensors: handles.map(({ name }) => [name, program.tensors.get({ name })] as const),
        },
        leavesWeights: true,
        bitsSaved: weightsOfLook(program) * BITS_PER_PARAMETER - bitsOfLooks(looks),
        weight: ruleWeight(explained),
        predictedKl: price,
        cautiousKl: price,
        explained,
        evidence: `distance, tokens, classes and repetitions explain ${(100 * Math.max(0, explained)).toFixed(0)} % of what the head writes on held-out text`,
      };
    }),
};
