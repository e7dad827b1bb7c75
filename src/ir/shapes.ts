import type { Node, Program } from "./program.ts";

type Sizes = Pick<Program, "context" | "vocabulary" | "width" | "tokenClasses">;

/** The shape that a node's result must have. */
export function ownShape(node: Node, { vocabulary, width }: Sizes): readonly (number | "time")[] {
  switch (node.kind) {
    case "program":
    case "unembed":
      return ["time", vocabulary];
    case "denseLook":
    case "sinkLook":
    case "kernelLook":
    case "tokenLook":
    case "classLook":
    case "matchLook":
      return ["time", "time"];
    case "tokenClasses":
      return [vocabulary];
    case "shortcuts":
      return ["time"];
    case "tokenSet":
      return [node.size];
    default:
      return ["time", width];
  }
}

/** The shapes that a node's tensors must have, by role; a head's width and the number of neurons are the node's own. */
export function tensorShapes(
  node: Node,
  { context, vocabulary, width, tokenClasses }: Sizes,
): Readonly<Record<string, readonly number[]>> {
  const classes = tokenClasses?.names.length ?? 0;
  switch (node.kind) {
    case "embed":
      return { tokens: [vocabulary, width], positions: [node.knots?.length ?? context, width] };
    case "norm":
      return { gain: [width], bias: [width] };
    case "attention":
      return { bias: [width] };
    case "denseLook": {
      const headWidth = node.query.shape[1] ?? 0;
      return { query: [width, headWidth], queryBias: [headWidth], key: [width, headWidth], keyBias: [headWidth] };
    }
    case "tokenLook":
      return { scores: [1, vocabulary] };
    case "classLook":
      return { scores: [classes, classes] };
    case "classVectors":
      return { vectors: [classes, width] };
    case "tokenVectors": {
      const [rows = 0, rank = 0] = node.amounts.shape;
      return {
        groups: [vocabulary],
        amounts: [node.groups ? rows : vocabulary + (node.first ? 1 : 0), rank],
        directions: [rank, width],
      };
    }
    case "affinePart": {
      const rank = node.input.shape[1] ?? 0;
      return { input: [width, rank], output: [rank, width] };
    }
    case "tokenClasses":
      return { classes: [vocabulary] };
    case "denseMove": {
      const headWidth = node.value.shape[1] ?? 0;
      return { value: [width, headWidth], valueBias: [headWidth], output: [headWidth, width] };
    }
    case "constantMove":
    case "constantPart":
      return { vector: [width] };
    case "rulePart":
      return { writes: [width] };
    case "densePart": {
      const neurons = node.input.shape[1] ?? 0;
      return { input: [width, neurons], bias: [neurons], output: [neurons, width] };
    }
    case "unembed":
      return { tokens: [vocabulary, width], bias: [vocabulary] };
    default:
      return {};
  }
}
