import type { HeadNode, LookNode, MoveNode, TensorHandle } from "../ir/index.ts";

/** Number of weights that a head, or one of its two answers, reads. */
export function parametersOf(node: HeadNode | LookNode | MoveNode): number {
  switch (node.kind) {
    case "head":
      return [...node.looks, node.moves].reduce((sum, part) => sum + parametersOf(part), 0);
    case "denseLook":
      return sizes([node.query, node.queryBias, node.key]);
    case "denseMove":
      return sizes([node.value, node.output]);
    case "constantMove":
      return sizes([node.vector]);
    case "tokenLook":
    case "classLook":
      return sizes([node.scores]);
    case "classVectors":
      return sizes([node.vectors]);
    case "tokenVectors":
      return sizes([node.amounts, node.directions]);
    case "sinkLook":
    case "kernelLook":
    case "matchLook":
      return 0;
  }
}

function sizes(handles: readonly TensorHandle[]): number {
  return handles.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
}
