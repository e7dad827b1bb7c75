import { headId, type LookNode } from "../../ir/index.ts";
import { BITS_PER_CHARACTER, BITS_PER_PARAMETER, ruleWeight, type Proposer } from "../candidate.ts";
import { parametersOf } from "../cost.ts";

/** By how much the scores for repetitions must improve what distance alone explains on held-out text. */
const LEAST_GAIN = 0.05;

/** Duplicate-token and induction heads: scores by distance and for repetitions, values as before. */
export const matchHeads: Proposer = {
  name: "match-heads",
  propose: (program, profile) =>
    program.blocks.flatMap((block, blockIndex) =>
      block.attention.heads.flatMap((head, headIndex) => {
        const { matchFit: fit, kernelFit } = profile.heads[blockIndex]?.[headIndex] ?? {};
        const dense = head.looks.find((look) => look.kind === "denseLook");
        if (!fit || !dense || head.moves.kind === "constantMove") return [];
        if (fit.explained < (kernelFit?.explained ?? 0) + LEAST_GAIN) return [];
        const site = headId(blockIndex, headIndex);
        const origin = { tensors: dense.origin.tensors, passes: [...dense.origin.passes, "match-heads"] };
        const base = { shape: ["time" as const, "time" as const], origin };
        const looks: LookNode[] = [
          { ...base, kind: "sinkLook", id: `${site}.sink`, rule: fit.sink },
          { ...base, kind: "kernelLook", id: `${site}.kernel`, rule: fit.rule },
          ...fit.matches.map((match): LookNode => {
            const id = `${site}.${match.keyBack === 0 ? "duplicate" : "induction"}`;
            return { ...base, kind: "matchLook", id, rule: match };
          }),
        ];
        const numbers = [fit.sink.score, fit.rule.steps, fit.matches.map(({ scores }) => scores)];
        return {
          site,
          proposer: "match-heads",
          replacement: { kind: "head" as const, block: blockIndex, head: headIndex, looks, tensors: [] },
          leavesWeights: true,
          bitsSaved: parametersOf(dense) * BITS_PER_PARAMETER - JSON.stringify(numbers).length * BITS_PER_CHARACTER,
          weight: ruleWeight(fit.explained),
          predictedKl: fit.predictedKl,
          cautiousKl: fit.predictedKl,
          explained: Math.max(0, fit.explained),
          evidence: `distance and ${fit.matches.map(({ keyBack }) => KINDS[keyBack]).join(" and ")} explain ${(100 * Math.max(0, fit.explained)).toFixed(0)} % of what the head writes, distance alone ${(100 * Math.max(0, kernelFit?.explained ?? 0)).toFixed(0)} %`,
        };
      }),
    ),
};

const KINDS = ["repeated tokens", "what followed the same token"] as const;
