import { type AffinePart, type DensePart, type Machine, type MlpPart, type Tensor } from "../../runtime/index.ts";
import type { PartBackwardWeights } from "../backward-weights.ts";
import { activationToInputGradient } from "../derivatives.ts";
import { addRowSum, addWeightGradient, projected } from "./products.ts";
import type { ParameterSink } from "./sink.ts";
import { throughTokenWrites } from "./token-writes.ts";

/** One part of an MLP on the way back. */
export interface PartPass {
  readonly machine: Machine;
  readonly transposed: PartBackwardWeights;
  readonly tokens: readonly number[];
  /** The normed stream (time, width), and the same transposed where gradients of weights are wanted. */
  readonly input: Tensor;
  readonly inputTransposed: Tensor | undefined;
  /** At the MLP's output (time, width). */
  readonly gradient: Tensor;
  /** At `input`: what comes back through the part is added to it. */
  readonly atInput: Tensor;
  readonly sink: ParameterSink | undefined;
  /** Is told of activations and the gradient there: (time, neurons). */
  readonly onActivations: ((activations: Tensor, gradient: Tensor) => void) | undefined;
}

/** Adds what comes back through a part to the gradient at its input, and the gradients of its numbers to the sink. */
export function throughPart(part: MlpPart, pass: PartPass): void {
  const { machine, tokens, gradient, sink } = pass;
  switch (part.kind) {
    case "constant":
      return addRowSum(machine, sink?.tensor(part.vector), gradient);
    case "classVectors":
    case "tokenVectors":
      return sink && throughTokenWrites(machine, part, tokens, gradient, sink);
    case "affine":
      return throughAffine(part, pass);
    case "dense":
      return throughNeurons(part, pass);
  }
}

function throughAffine(part: AffinePart, pass: PartPass): void {
  const { machine, transposed, input, inputTransposed, gradient, atInput, sink } = pass;
  if (!transposed.input || !transposed.output) return;
  const atFew = projected(machine, gradient, transposed.output); // (time, rank)
  machine.matmul(atFew, transposed.input, atInput, true);
  if (!sink) return;
  const few = projected(machine, input, part.input);
  addWeightGradient(machine, sink.tensor(part.output), machine.transposed(few), gradient);
  addWeightGradient(machine, sink.tensor(part.input), inputTransposed, atFew);
}

function throughNeurons(part: DensePart, pass: PartPass): void {
  const { machine, transposed, input, inputTransposed, gradient, atInput, sink, onActivations } = pass;
  if (!transposed.input || !transposed.output) return;
  const before = projected(machine, input, part.input, part.bias); // (time, neurons)
  const activations = machine.allocate(...before.shape);
  machine.values(activations).set(machine.values(before));
  machine.activate(activations, part.activation);
  const atNeurons = projected(machine, gradient, transposed.output); // (time, neurons)
  onActivations?.(activations, atNeurons);
  const atOutput = sink?.tensor(part.output);
  if (atOutput) machine.scope(() => addWeightGradient(machine, atOutput, machine.transposed(activations), gradient));
  activationToInputGradient(
    machine.values(atNeurons),
    machine.values(before),
    machine.values(activations),
    part.activation,
  );
  machine.matmul(atNeurons, transposed.input, atInput, true);
  addWeightGradient(machine, sink?.tensor(part.input), inputTransposed, atNeurons);
  addRowSum(machine, sink?.tensor(part.bias), atNeurons);
}
