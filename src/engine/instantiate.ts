import {
  holdsAt,
  type ClassVectorsNode,
  type HeadNode,
  type LookNode,
  type MlpPartNode,
  type MoveNode,
  type NormNode,
  type Program,
  type TensorHandle,
  type TensorStore,
  type TokenClassesNode,
  type TokenVectorsNode,
} from "../ir/index.ts";
import {
  interpolated,
  shortcutsOf,
  type Head,
  type Look,
  type Machine,
  type MlpPart,
  type Model,
  type Move,
  type Norm,
  type Tensor,
} from "../runtime/index.ts";

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
  const { knots, positions } = program.embed;
  const rows = place(positions);
  const { context, tokenClasses } = program;
  return {
    context,
    embed: {
      tokens: place(program.embed.tokens),
      positions: knots ? interpolated(machine, { knots, rows, context }) : rows,
    },
    blocks: program.blocks.map(({ attention, mlp }) => ({
      attention: {
        norm: norm(attention.norm, place),
        heads: attention.heads.map((head) => instantiateHead(head, place, tokenClasses)),
        ...(attention.bias && { bias: place(attention.bias) }),
      },
      mlp: { norm: norm(mlp.norm, place), parts: mlp.parts.map((part) => mlpPart(part, place, program)) },
    })),
    finalNorm: norm(program.finalNorm, place),
    unembed: {
      tokens,
      directions: machine.transposed(tokens),
      ...(program.unembed.bias && { bias: place(program.unembed.bias) }),
    },
    ...(program.shortcuts && { shortcuts: shortcutsOf(program.shortcuts.rules) }),
  };
}

/** One head as a runtime part; `classes` are the program's. */
export function instantiateHead(head: HeadNode, place: Place, classes: TokenClassesNode | undefined): Head {
  return { looks: head.looks.map((node) => look(node, place, classes)), moves: move(head.moves, place, classes) };
}

function norm(node: NormNode, place: Place): Norm {
  return {
    epsilon: node.epsilon,
    ...(node.gain && { gain: place(node.gain) }),
    ...(node.bias && { bias: place(node.bias) }),
  };
}

function look(node: LookNode, place: Place, classes: TokenClassesNode | undefined): Look {
  switch (node.kind) {
    case "sinkLook":
    case "kernelLook":
    case "matchLook":
      return node.rule;
    case "tokenLook":
      return { kind: "token", back: node.back, scores: place(node.scores) };
    case "classLook": {
      const { queryBack, keyBack, scores } = node;
      return { kind: "classes", classes: place(known(classes).classes), queryBack, keyBack, scores: place(scores) };
    }
    case "denseLook":
      return {
        kind: "dense",
        query: place(node.query),
        queryBias: place(node.queryBias),
        key: place(node.key),
        ...(node.keyBias && { keyBias: place(node.keyBias) }),
      };
  }
}

function move(node: MoveNode, place: Place, classes: TokenClassesNode | undefined): Move {
  switch (node.kind) {
    case "constantMove":
      return { kind: "constant", vector: place(node.vector) };
    case "classVectors":
    case "tokenVectors":
      return tokenWrites(node, place, classes);
    case "denseMove":
      return {
        kind: "dense",
        value: place(node.value),
        output: place(node.output),
        ...(node.valueBias && { valueBias: place(node.valueBias) }),
      };
  }
}

function mlpPart(node: MlpPartNode, place: Place, { tokenClasses, vocabulary }: Program): MlpPart {
  switch (node.kind) {
    case "constantPart":
      return { kind: "constant", vector: place(node.vector) };
    case "classVectors":
    case "tokenVectors":
      return tokenWrites(node, place, tokenClasses);
    case "affinePart":
      return { kind: "affine", input: place(node.input), output: place(node.output) };
    case "rulePart": {
      const { when, strength, writes } = node;
      return { kind: "rule", when: holdsAt(when, vocabulary), strength, writes: place(writes) };
    }
    case "densePart": {
      const { input, bias, output, activation } = node;
      return { kind: "dense", input: place(input), bias: place(bias), output: place(output), activation };
    }
  }
}

function tokenWrites(
  node: ClassVectorsNode | TokenVectorsNode,
  place: Place,
  classes: TokenClassesNode | undefined,
): Extract<Move & MlpPart, { kind: "classVectors" | "tokenVectors" }> {
  if (node.kind === "tokenVectors") {
    const { kind, back, groups, first, amounts, directions } = node;
    return {
      kind,
      back,
      ...(groups && { groups: place(groups) }),
      ...(first && { first }),
      amounts: place(amounts),
      directions: place(directions),
    };
  }
  return { kind: node.kind, classes: place(known(classes).classes), back: node.back, vectors: place(node.vectors) };
}

function known(classes: TokenClassesNode | undefined): TokenClassesNode {
  if (!classes) throw new Error("A rule speaks of token classes, which the program does not have.");
  return classes;
}
