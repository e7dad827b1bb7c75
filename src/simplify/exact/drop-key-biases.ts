import { nodesOf, rewrite, TensorDraft, touched, without, type LookNode } from "../../ir/index.ts";
import { counted, fewerNumbers, type ExactPass } from "./pass.ts";

const NAME = "drop-key-biases";

/** Drops the biases of keys: they move all scores of a query alike, and a softmax ignores that. */
export const dropKeyBiases: ExactPass = {
  name: NAME,
  apply: (program) => new TensorDraft(NAME).into(rewrite(program, { look: withoutKeyBias })),
  removed(before, after) {
    const count = nodesOf(before).filter((node) => node.kind === "denseLook" && node.keyBias).length;
    return count > 0
      ? `Dropped the key biases of ${counted(count, "head")}, ${fewerNumbers(before, after)}: they move all scores of a query alike, and a softmax ignores that.`
      : "No key has a bias.";
  },
};

function withoutKeyBias(node: LookNode): LookNode {
  if (node.kind !== "denseLook" || !node.keyBias) return node;
  return { ...without(node, "keyBias"), origin: touched(node.origin, NAME) };
}
