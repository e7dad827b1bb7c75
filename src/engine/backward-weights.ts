import { denseLookOf, type Head, type Machine, type MlpPart, type Model, type Tensor } from "../runtime/index.ts";

/** Transposed weights of one head; look weights only where it looks by weights. */
export interface HeadBackwardWeights {
  /** (head width, width) */
  readonly query?: Tensor;
  readonly key?: Tensor;
  readonly value?: Tensor;
  /** (width, head width) */
  readonly output?: Tensor;
}

/** Transposed weights of one MLP part: (neurons, width) and (width, neurons). */
export interface PartBackwardWeights {
  readonly input?: Tensor;
  readonly output?: Tensor;
}

/** What the backward pass multiplies by, in the order of the model's parts. */
export interface BackwardWeights {
  readonly heads: readonly (readonly HeadBackwardWeights[])[];
  readonly parts: readonly (readonly PartBackwardWeights[])[];
}

const made = new WeakMap<Model, BackwardWeights>();

/** Transposes a model's weights, once a model. The first call must not be inside a scope. */
export function backwardWeights(machine: Machine, model: Model): BackwardWeights {
  const known = made.get(model);
  if (known) return known;
  const weights = {
    heads: model.blocks.map(({ attention }) => attention.heads.map((head) => ofHead(machine, head))),
    parts: model.blocks.map(({ mlp }) => mlp.parts.map((part) => ofPart(machine, part))),
  };
  made.set(model, weights);
  return weights;
}

function ofHead(machine: Machine, { looks, moves }: Head): HeadBackwardWeights {
  const look = moves.kind === "constant" ? undefined : denseLookOf(looks);
  return {
    ...(look && { query: machine.transposed(look.query), key: machine.transposed(look.key) }),
    ...(moves.kind === "dense" && {
      value: machine.transposed(moves.value),
      output: machine.transposed(moves.output),
    }),
  };
}

function ofPart(machine: Machine, part: MlpPart): PartBackwardWeights {
  if (part.kind !== "dense" && part.kind !== "affine") return {};
  return { input: machine.transposed(part.input), output: machine.transposed(part.output) };
}
