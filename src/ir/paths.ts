import type { HeadNode, MlpNode, Program, Source } from "./program.ts";

/** Where the residual stream is read. */
export interface ReadingPoint {
  /** Index of the block; the number of blocks for the final norm. */
  readonly block: number;
  readonly before: "attention" | "mlp" | "end";
}

/**
 * Everything that may have written to the stream before a point, in model order: the token embedding, the position
 * embedding, the constants (biases, constant parts and heads that write a constant) and the earlier heads and MLPs.
 */
export function sourcesBefore(program: Program, point: ReadingPoint): Source[] {
  const varying = writersBefore(program, point).filter(varies);
  return ["token", "position", "constant", ...varying.map(({ id }) => id)];
}

/** The heads and MLPs that have written to the stream before a point, in model order. */
export function writersBefore(program: Program, { block: last, before }: ReadingPoint): (HeadNode | MlpNode)[] {
  const written = program.blocks.slice(0, last).flatMap(({ attention, mlp }) => [...attention.heads, mlp]);
  const here = before === "mlp" ? (program.blocks[last]?.attention.heads ?? []) : [];
  return [...written, ...here];
}

/** Whether what the node writes depends on the text. */
export function varies(node: HeadNode | MlpNode): boolean {
  return node.kind === "head"
    ? node.moves.kind !== "constantMove"
    : node.parts.some((part) => part.kind !== "constantPart");
}
