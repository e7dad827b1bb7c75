import { headId } from "../../ir/index.ts";
import { BITS_PER_PARAMETER, type Proposer } from "../candidate.ts";
import { parametersOf } from "../cost.ts";

/** Heads whose output hardly varies: each writes its mean, whatever it would have looked at. */
export const constantHeads: Proposer = {
  name: "constant-heads",
  propose: (program, profile) =>
    program.blocks.flatMap((block, blockIndex) =>
      block.attention.heads.flatMap((head, headIndex) => {
        const measured = profile.heads[blockIndex]?.[headIndex];
        if (!measured || head.moves.kind === "constantMove") return [];
        const site = headId(blockIndex, headIndex);
        const name = `${site}.mean`;
        const origin = { tensors: head.moves.origin.tensors, passes: [...head.moves.origin.passes, "constant-heads"] };
        return {
          site,
          proposer: "constant-heads",
          replacement: {
            kind: "head" as const,
            block: blockIndex,
            head: headIndex,
            looks: [],
            moves: {
              kind: "constantMove" as const,
              id: `${site}.moves`,
              shape: ["time" as const, program.width],
              origin,
              vector: { name, shape: [program.width], origin },
            },
            tensors: [[name, Float32Array.from(measured.mean)] as const],
          },
          bitsSaved: (parametersOf(head) - program.width) * BITS_PER_PARAMETER,
          predictedKl: measured.price,
          cautiousKl: measured.price,
          evidence: `replacing it by its mean is priced at ${measured.price.toExponential(2)} nats`,
        };
      }),
    ),
};
