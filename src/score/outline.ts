import type { KernelLook, Model, SinkLook, Tensor } from "../runtime/index.ts";

/** A look that is a rule: data that a person can read. */
export type RuleLook = SinkLook | KernelLook;

/** What one head of a package is made of. */
export interface HeadOutline {
  readonly ruleLooks: readonly RuleLook[];
  /** Width of the queries of its dense look; 0 where it has none. */
  readonly denseLook: number;
  readonly move: string;
  /** Width of the values that its dense move carries; 0 where it has none. */
  readonly denseMove: number;
  /** Writes nothing at all: no rule, and nothing to explain. */
  readonly silent: boolean;
}

/** What one summand of an MLP is made of. */
export interface PartOutline {
  readonly kind: string;
  readonly neurons: number;
}

/** The parts of a package's model as plain data: read from what runs, not from what its manifest claims. */
export interface ModelOutline {
  readonly context: number;
  readonly vocabulary: number;
  readonly width: number;
  readonly blocks: readonly { readonly heads: readonly HeadOutline[]; readonly parts: readonly PartOutline[] }[];
}

/** Kinds of moves and MLP parts whose outputs come from opaque weights. */
const OPAQUE: ReadonlySet<string> = new Set(["dense"]);

/** Whether what a part writes comes from opaque weights. */
export function isOpaque(kind: string): boolean {
  return OPAQUE.has(kind);
}

/** How many heads and MLP parts read opaque weights. */
export function opaqueParts({ blocks }: ModelOutline): number {
  return blocks.reduce((sum, { heads, parts }) => {
    const opaqueHeads = heads.filter(({ denseLook, move }) => denseLook > 0 || isOpaque(move));
    return sum + opaqueHeads.length + parts.filter(({ kind }) => isOpaque(kind)).length;
  }, 0);
}

/** Whether what a part writes never changes. */
export function isConstant(kind: string): boolean {
  return kind === "constant";
}

/** @param valuesOf reads a tensor of the model */
export function outlineOf(model: Model, valuesOf: (tensor: Tensor) => Float32Array): ModelOutline {
  const [vocabulary = 0, width = 0] = model.embed.tokens.shape;
  const isZero = (vector: Tensor): boolean => valuesOf(vector).every((value) => value === 0);
  return {
    context: model.context,
    vocabulary,
    width,
    blocks: model.blocks.map(({ attention, mlp }) => ({
      heads: attention.heads.map(({ looks, moves }) => ({
        ruleLooks: looks.filter((look): look is RuleLook => look.kind === "sink" || look.kind === "kernel"),
        denseLook: looks.find((look) => look.kind === "dense")?.query.shape[1] ?? 0,
        move: moves.kind,
        denseMove: moves.kind === "dense" ? (moves.value.shape[1] ?? 0) : 0,
        silent: moves.kind === "constant" && isZero(moves.vector),
      })),
      parts: mlp.parts.map((part) => ({
        kind: part.kind,
        neurons: part.kind === "dense" ? (part.input.shape[1] ?? 0) : 0,
      })),
    })),
  };
}
