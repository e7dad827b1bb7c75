import type {
  HeadNode,
  LookNode,
  MlpPartNode,
  MoveNode,
  NormNode,
  Program,
  TensorHandle,
  TensorStore,
} from "../ir/index.ts";
import type { Head, Look, Machine, MlpPart, Model, Move, Norm, Tensor } from "../runtime/index.ts";

/** Puts a handle's values into a machine's memory, once. */
export type Place = (handle: TensorHandle) => Tensor;

/** Places the tensors of a store: each is copied once, however many nodes name it. */
export function placing(machine: Machine, tensors: TensorStore): Place {
  const placed = new Map<string, Tensor>();
  return (handle) => {
    const known = placed.get(handle.name);
    if (known) return known;
    const tensor = machine.store(tensors.get(handle), ...handle.shape);
    placed.set(handle.name, tensor);
    return tensor;
  };
}

/** Makes a Program runnable on a machine. */
export function instantiate(machine: Machine, program: Program, place = placing(machine, program.tensors)): Model {
  const tokens = place(program.unembed.tokens);
  return {
    context: program.context,
    embed: { tokens: place(program.embed.tokens), positions: place(program.embed.positions) },
    blocks: program.blocks.map(({ attention, mlp }) => ({
      attention: {
        norm: norm(attention.norm, place),
        heads: attention.heads.map((head) => instantiateHead(head, place)),
        ...(attention.bias && { bias: place(attention.bias) }),
      },
      mlp: { norm: norm(mlp.norm, place), parts: mlp.parts.map((part) => mlpPart(part, place)) },
    })),
    finalNorm: norm(program.finalNorm, place),
    unembed: {
      tokens,
      directions: machine.transposed(tokens),
      ...(program.unembed.bias && { bias: place(program.unembed.bias) }),
    },
  };
}

/** One head as a runtime part. */
export function instantiateHead(head: HeadNode, place: Place): Head {
  return { looks: head.looks.map((node) => look(node, place)), moves: move(head.moves, place) };
}

function norm(node: NormNode, place: Place): Norm {
  return {
    epsilon: node.epsilon,
    ...(node.gain && { gain: place(node.gain) }),
    ...(node.bias && { bias: place(node.bias) }),
  };
}

function look(node: LookNode, place: Place): Look {
  if (node.kind !== "denseLook") return node.rule;
  return {
    kind: "dense",
    query: place(node.query),
    queryBias: place(node.queryBias),
    key: place(node.key),
    ...(node.keyBias && { keyBias: place(node.keyBias) }),
  };
}

function move(node: MoveNode, place: Place): Move {
  if (node.kind === "constantMove") return { kind: "constant", vector: place(node.vector) };
  return {
    kind: "dense",
    value: place(node.value),
    output: place(node.output),
    ...(node.valueBias && { valueBias: place(node.valueBias) }),
  };
}

function mlpPart(node: MlpPartNode, place: Place): MlpPart {
  if (node.kind === "constantPart") return { kind: "constant", vector: place(node.vector) };
  const { input, bias, output, activation } = node;
  return { kind: "dense", input: place(input), bias: place(bias), output: place(output), activation };
}
