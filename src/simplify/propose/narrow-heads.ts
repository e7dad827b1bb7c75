import { headId } from "../../ir/index.ts";
import { BITS_PER_PARAMETER, type Candidate, type Proposer } from "../candidate.ts";

/** Narrowing makes a program smaller but explains nothing: it is for directions that cost next to nothing, and for what is left. */
const WEIGHT = 1 / 1024;

/** Low rank in the priced metric: directions of a head's queries, and of the values it moves, that bring about little. */
export const narrowHeads: Proposer = {
  name: "narrow-heads",
  propose: (program, _profile, { columns }) =>
    program.blocks.flatMap((block, blockIndex) =>
      block.attention.heads.flatMap((_, head) =>
        (["looks", "moves"] as const).flatMap((part) =>
          (columns.get(`${headId(blockIndex, head)}.${part}`) ?? []).map((column, index): Candidate => {
            const price = part === "looks" ? column.zeroPrice : column.price;
            const constant = part === "looks" ? 0 : column.constant;
            const name = part === "looks" ? "query" : "value";
            return {
              site: `${headId(blockIndex, head)}.${part}.${name}${String(index).padStart(3, "0")}`,
              proposer: "narrow-heads",
              replacement: { kind: "columns", block: blockIndex, head, part, constants: [[index, constant]] },
              leavesWeights: true,
              bitsSaved: (2 * program.width + (part === "looks" ? 1 : 0)) * BITS_PER_PARAMETER,
              weight: WEIGHT,
              predictedKl: price,
              cautiousKl: price,
              evidence: `one direction of the head's ${part === "looks" ? "queries and keys" : "values"} held at ${constant.toFixed(3)}`,
            };
          }),
        ),
      ),
    ),
};
