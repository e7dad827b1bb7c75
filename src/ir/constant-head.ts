import type { HeadNode, Program } from "./program.ts";

/** A head by its place. */
export interface HeadPlace {
  readonly block: number;
  readonly head: number;
}

/** The program with a head that writes the same vector (width) everywhere. */
export function withConstantHead(program: Program, { block, head }: HeadPlace, vector: ArrayLike<number>): Program {
  const node = program.blocks[block]?.attention.heads[head] as HeadNode;
  const { id, origin } = node.moves;
  const handle = { name: `${node.id}.mean`, shape: [program.width], origin };
  const moves = { kind: "constantMove", id, shape: ["time", program.width], origin, vector: handle } as const;
  const blocks = program.blocks.map((each, index) => {
    if (index !== block) return each;
    const heads = each.attention.heads.map((own, at) => (at === head ? { ...own, looks: [], moves } : own));
    return { ...each, attention: { ...each.attention, heads } };
  });
  return { ...program, blocks, tensors: program.tensors.with([[handle.name, Float32Array.from(vector)]]) };
}
