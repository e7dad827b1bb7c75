import { headId } from "../../ir/index.ts";
import { BITS_PER_CHARACTER, BITS_PER_PARAMETER, ruleWeight, type Proposer } from "../candidate.ts";
import { parametersOf } from "../cost.ts";

/** Heads that look by distance alone: a score for each distance and one for the first token, values as before. */
export const positionalKernels: Proposer = {
  name: "positional-kernels",
  propose: (program, profile) =>
    program.blocks.flatMap((block, blockIndex) =>
      block.attention.heads.flatMap((head, headIndex) => {
        const fit = profile.heads[blockIndex]?.[headIndex]?.kernelFit;
        const dense = head.looks.find((look) => look.kind === "denseLook");
        if (!fit || !dense || head.moves.kind === "constantMove") return [];
        const site = headId(blockIndex, headIndex);
        const origin = { tensors: dense.origin.tensors, passes: [...dense.origin.passes, "positional-kernels"] };
        const shape = ["time" as const, "time" as const];
        const ruleBits = JSON.stringify([fit.sink.score, fit.rule.steps]).length * BITS_PER_CHARACTER;
        return {
          site,
          proposer: "positional-kernels",
          replacement: {
            kind: "head" as const,
            block: blockIndex,
            head: headIndex,
            looks: [
              { kind: "sinkLook" as const, id: `${site}.sink`, shape, origin, rule: fit.sink },
              { kind: "kernelLook" as const, id: `${site}.kernel`, shape, origin, rule: fit.rule },
            ],
            tensors: [],
          },
          leavesWeights: true,
          bitsSaved: parametersOf(dense) * BITS_PER_PARAMETER - ruleBits,
          weight: ruleWeight(fit.explained),
          predictedKl: fit.predictedKl,
          cautiousKl: fit.predictedKl,
          evidence: `distance and first token explain ${(100 * Math.max(0, fit.explained)).toFixed(0)} % of what the head writes`,
        };
      }),
    ),
};
