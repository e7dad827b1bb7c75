import type { Node, NodeOf, Program } from "./program.ts";
import type { TensorHandle } from "./tensors.ts";

/** What to do on meeting a node of each kind; kinds that are not listed are passed over. */
export type Visitor = { readonly [Kind in Node["kind"]]?: (node: NodeOf<Kind>) => void };

/** Meets every node once, parents before children, in model order. */
export function visit(program: Program, visitor: Visitor): void {
  for (const node of nodesOf(program)) {
    const meet = visitor[node.kind] as ((node: Node) => void) | undefined;
    meet?.(node);
  }
}

/** A node and everything below it, parents before children, in model order. */
export function nodesOf(node: Node): Node[] {
  return [node, ...childrenOf(node).flatMap(nodesOf)];
}

/** The nodes right below a node, in model order. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "program":
      return [
        node.embed,
        ...node.blocks,
        node.finalNorm,
        node.unembed,
        ...(node.tokenClasses ? [node.tokenClasses] : []),
        ...(node.shortcuts ? [node.shortcuts] : []),
        ...node.tokenSets,
      ];
    case "block":
      return [node.attention, node.mlp];
    case "attention":
      return [node.norm, ...node.heads];
    case "head":
      return [...node.looks, node.moves];
    case "mlp":
      return [node.norm, ...node.parts];
    default:
      return [];
  }
}

/** A tensor that a node reads, and the name under which it does. */
export type TensorRole = readonly [role: string, handle: TensorHandle];

/** The tensors that a node itself reads, not those of its children. */
export function tensorsOf(node: Node): TensorRole[] {
  switch (node.kind) {
    case "embed":
      return present({ tokens: node.tokens, positions: node.positions });
    case "norm":
      return present({ gain: node.gain, bias: node.bias });
    case "attention":
      return present({ bias: node.bias });
    case "denseLook":
      return present({ query: node.query, queryBias: node.queryBias, key: node.key, keyBias: node.keyBias });
    case "denseMove":
      return present({ value: node.value, valueBias: node.valueBias, output: node.output });
    case "tokenLook":
    case "classLook":
      return present({ scores: node.scores });
    case "classVectors":
      return present({ vectors: node.vectors });
    case "tokenVectors":
      return present({ groups: node.groups, amounts: node.amounts, directions: node.directions });
    case "affinePart":
      return present({ input: node.input, output: node.output });
    case "tokenClasses":
      return present({ classes: node.classes });
    case "constantMove":
    case "constantPart":
      return present({ vector: node.vector });
    case "rulePart":
      return present({ writes: node.writes });
    case "densePart":
      return present({ input: node.input, bias: node.bias, output: node.output });
    case "unembed":
      return present({ tokens: node.tokens, bias: node.bias });
    default:
      return [];
  }
}

/** Every tensor that a program or a part of it reads, once each, in model order. */
export function handlesOf(node: Node): TensorHandle[] {
  const handles = nodesOf(node).flatMap((below) => tensorsOf(below).map(([, handle]) => handle));
  return [...new Map(handles.map((handle) => [handle.name, handle])).values()];
}

function present(roles: Readonly<Record<string, TensorHandle | undefined>>): TensorRole[] {
  return Object.entries(roles).flatMap(([role, handle]) => (handle ? [[role, handle] as const] : []));
}
