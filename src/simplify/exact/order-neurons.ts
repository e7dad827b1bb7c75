import {
  mapParts,
  nodesOf,
  TensorDraft,
  touched,
  type DensePartNode,
  type Program,
  type TensorHandle,
} from "../../ir/index.ts";
import { counted, type ExactPass } from "./pass.ts";

const NAME = "order-neurons";

/**
 * Puts the neurons of every dense part into the order that they have in the original model, whatever pass split,
 * merged or picked them before. It is the only order that training further, quantising or pruning leaves alone: any
 * order by the weights' values would shuffle rows between two versions of a model, and a diff would show nothing else.
 */
export const orderNeurons: ExactPass = {
  name: NAME,
  apply(program) {
    const draft = new TensorDraft(NAME);
    const ordered = mapParts(program, (part) =>
      part.kind === "densePart" && !isOrdered(part) ? inOrder(program, draft, part) : part,
    );
    return draft.into(ordered);
  },
  removed(before) {
    const parts = nodesOf(before).filter((node) => node.kind === "densePart");
    const count = parts.filter((part) => !isOrdered(part)).length;
    return count > 0
      ? `Put the neurons of ${counted(count, "dense part")} back into the original model's order, the only one that stays when weights change a little.`
      : `The neurons of ${counted(parts.length, "dense part")} stand in the original model's order, the only one that stays when weights change a little.`;
  },
};

const isOrdered = ({ neurons }: DensePartNode): boolean =>
  neurons.every((neuron, index) => index === 0 || (neurons[index - 1] as number) < neuron);

function inOrder(program: Program, draft: TensorDraft, part: DensePartNode): DensePartNode {
  const { width, tensors } = program;
  const count = part.neurons.length;
  const order = part.neurons.map((_, index) => index);
  order.sort((a, b) => (part.neurons[a] as number) - (part.neurons[b] as number));
  const permuted = (handle: TensorHandle, source: (index: number) => number): TensorHandle => {
    const values = tensors.get(handle);
    return draft.rewrite(
      handle,
      values.map((_, index) => values[source(index)] as number),
    );
  };
  const old = (index: number): number => order[index] as number;
  return {
    ...part,
    origin: touched(part.origin, NAME),
    input: permuted(part.input, (index) => index - (index % count) + old(index % count)),
    bias: permuted(part.bias, old),
    output: permuted(part.output, (index) => old(Math.floor(index / width)) * width + (index % width)),
    neurons: order.map((index) => part.neurons[index] as number),
  };
}
