import {
  nodesOf,
  rewrite,
  TensorDraft,
  touched,
  without,
  type AttentionNode,
  type HeadNode,
  type Program,
} from "../../ir/index.ts";
import { counted, fewerNumbers, type ExactPass } from "./pass.ts";

const NAME = "move-value-biases";

/** Moves the biases of values, through the output matrix, into the attention's bias: a pattern's rows sum to one. */
export const moveValueBiases: ExactPass = {
  name: NAME,
  apply(program) {
    const draft = new TensorDraft(NAME);
    return draft.into(rewrite(program, { attention: (node) => movedBiases(program, draft, node) }));
  },
  removed(before, after) {
    const count = nodesOf(before).filter((node) => node.kind === "denseMove" && node.valueBias).length;
    return count > 0
      ? `Moved the value biases of ${counted(count, "head")} into the bias of their attention, ${fewerNumbers(before, after)}: the rows of a pattern sum to one, so that they write the same everywhere.`
      : "No value has a bias.";
  },
};

function movedBiases(program: Program, draft: TensorDraft, node: AttentionNode): AttentionNode {
  const { width, tensors } = program;
  const sum = Float64Array.from(node.bias ? tensors.get(node.bias) : new Float64Array(width));
  const from = node.heads.flatMap(({ moves }) => {
    if (moves.kind !== "denseMove" || !moves.valueBias) return [];
    const output = tensors.get(moves.output);
    tensors.get(moves.valueBias).forEach((bias, row) => {
      for (let column = 0; column < width; column++) {
        sum[column] = (sum[column] as number) + bias * (output[row * width + column] as number);
      }
    });
    return [moves.valueBias, moves.output];
  });
  if (from.length === 0) return node;
  const values = Float32Array.from(sum);
  const made = { tensors: [...new Set(from.flatMap(({ origin }) => origin.tensors))], passes: [] };
  const bias = node.bias
    ? draft.rewrite(node.bias, values, ...from)
    : draft.create(`${node.id}.bias`, [width], values, made);
  return { ...node, origin: touched(node.origin, NAME), heads: node.heads.map(withoutValueBias), bias };
}

function withoutValueBias(head: HeadNode): HeadNode {
  if (head.moves.kind !== "denseMove" || !head.moves.valueBias) return head;
  return { ...head, moves: { ...without(head.moves, "valueBias"), origin: touched(head.moves.origin, NAME) } };
}
