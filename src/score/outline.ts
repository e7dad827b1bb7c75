import type { ClassLook, ClassVectors, Look, MlpPart, Model, Move, RuleLook, Tensor } from "../runtime/index.ts";
import { lookKind, writeKind, type RuleKind, type ShuffledField } from "./rule-kinds.ts";

/**
 * What a part counts as. "rule": a person can read it, and it is shorter than the weights that it replaces. "opaque":
 * weights, and whatever is no rule.
 */
export type Standing = "constant" | "rule" | "opaque";

/** A look, a move or an MLP part. */
export interface RuleOutline {
  readonly kind: string;
  readonly standing: Standing;
  /** What can be put in another order: fields whose numbers are not all alike. */
  readonly shuffled: readonly ShuffledField[];
  /** Multiplications for one token at half the context. */
  readonly multiplications: number;
}

/** A term of a head's scores. */
export interface LookOutline extends RuleOutline {
  /** The look itself, where it reads no tensor. */
  readonly literal: RuleLook | undefined;
}

/** What one head of a package is made of. */
export interface HeadOutline {
  readonly looks: readonly LookOutline[];
  /** "rule" where no look is opaque, and where what the head writes does not depend on them. */
  readonly looksBy: Standing;
  readonly move: RuleOutline;
  /** Writes nothing at all: no rule, and nothing to explain. */
  readonly silent: boolean;
}

/** What one summand of an MLP is made of. */
export interface PartOutline extends RuleOutline {
  readonly neurons: number;
}

/** The parts of a package's model as plain data: read from what runs, not from what its manifest claims. */
export interface ModelOutline {
  readonly context: number;
  readonly vocabulary: number;
  readonly width: number;
  readonly blocks: readonly { readonly heads: readonly HeadOutline[]; readonly parts: readonly PartOutline[] }[];
}

/** What rules are held against. */
export interface OutlineOptions {
  /** Width of the original's heads, and the number of neurons of its MLPs. */
  readonly headWidth: number;
  readonly inner: number;
  /** Whether kinds mean what they mean in this compiler's runtime; otherwise nothing is a rule. */
  readonly trusted: boolean;
}

/** Most tokens or lines of a rule. */
const MOST_LINES = 100;

/** How many heads and MLP parts read opaque weights. */
export function opaqueParts({ blocks }: ModelOutline): number {
  const isOpaque = ({ standing }: RuleOutline): boolean => standing === "opaque";
  return blocks.reduce((sum, { heads, parts }) => {
    const opaqueHeads = heads.filter(({ looksBy, move }) => looksBy === "opaque" || isOpaque(move));
    return sum + opaqueHeads.length + parts.filter(isOpaque).length;
  }, 0);
}

/** @param valuesOf reads a tensor of the model */
export function outlineOf(
  model: Model,
  valuesOf: (tensor: Tensor) => Float32Array,
  options: OutlineOptions,
): ModelOutline {
  const [vocabulary = 0, width = 0] = model.embed.tokens.shape;
  const context: Judging = {
    ...options,
    vocabulary,
    width,
    keys: model.context / 2,
    valuesOf,
    partition: partitionOf(model),
  };
  return {
    context: model.context,
    vocabulary,
    width,
    blocks: model.blocks.map(({ attention, mlp }) => ({
      heads: attention.heads.map(({ looks, moves }) => headOutline(looks, moves, context)),
      parts: partOutlines(mlp.parts, context),
    })),
  };
}

interface Judging extends OutlineOptions {
  readonly vocabulary: number;
  readonly width: number;
  readonly keys: number;
  readonly valuesOf: (tensor: Tensor) => Float32Array;
  /** Where the partition lies that all rules may speak of. */
  readonly partition: number | undefined;
}

function headOutline(looks: readonly Look[], moves: Move, judging: Judging): HeadOutline {
  const { headWidth, width } = judging;
  const dense = looks.find((look) => look.kind === "dense")?.query.shape[1] ?? 0;
  const isShorter = numbersOf(looks, judging) <= Math.max(0, headWidth - dense) * (2 * width + 1);
  const outlines = looks.map((look): LookOutline => {
    const rule = outlineOfRule(look, isShorter, judging, judging.keys);
    if (look.kind !== "dense") return { ...rule, literal: tensorsOf(look).length > 0 ? undefined : look };
    return { ...rule, multiplications: dense * (2 * width + judging.keys), literal: undefined };
  });
  const move = outlineOfRule(moves, numbersOf([moves], judging) <= headWidth * 2 * width, judging, judging.keys);
  const carried = moves.kind === "dense" ? (moves.value.shape[1] ?? 0) : 0;
  const isConstant = move.standing === "constant";
  return {
    looks: outlines,
    looksBy:
      isConstant || (judging.trusted && outlines.every(({ standing }) => standing === "rule")) ? "rule" : "opaque",
    move: moves.kind === "dense" ? { ...move, multiplications: carried * (2 * width + judging.keys) } : move,
    silent: moves.kind === "constant" && judging.valuesOf(moves.vector).every((value) => value === 0),
  };
}

/** What takes the place of neurons, rules and linear maps together, has to be shorter than these neurons' weights. */
function partOutlines(parts: readonly MlpPart[], judging: Judging): PartOutline[] {
  const { inner, width } = judging;
  const neuronsOf = (part: MlpPart): number => (part.kind === "dense" ? (part.input.shape[1] ?? 0) : 0);
  const dense = parts.reduce((sum, part) => sum + neuronsOf(part), 0);
  const affine = parts.reduce(
    (sum, part) => sum + (part.kind === "affine" ? 2 * width * (part.input.shape[1] ?? 0) : 0),
    0,
  );
  const isShorter = affine + numbersOf(parts, judging) <= Math.max(0, inner - dense) * (2 * width + 1);
  return parts.map((part) => {
    const outline = outlineOfRule(part, isShorter, judging, 1);
    const columns = part.kind === "dense" || part.kind === "affine" ? (part.input.shape[1] ?? 0) : 0;
    return {
      ...outline,
      neurons: neuronsOf(part),
      ...(columns > 0 && { multiplications: 2 * width * columns }),
    };
  });
}

function outlineOfRule(part: Look | Move | MlpPart, isShorter: boolean, judging: Judging, keys: number): RuleOutline {
  const kind = kindOf(part);
  const constant = part.kind === "constant";
  const standing = kind && isShorter && judging.trusted && isReadable(part, kind, judging) ? "rule" : "opaque";
  return {
    kind: part.kind,
    standing: constant ? "constant" : standing,
    shuffled: kind?.shuffled.filter(({ field }) => varies(part, field, judging)) ?? [],
    multiplications: kind?.multiplications(part, keys) ?? 0,
  };
}

/** At most 100 lines; and classes that nearly every token has to itself are no classes. */
function isReadable(part: object, kind: RuleKind<object>, { vocabulary, valuesOf }: Judging): boolean {
  if (kind.lines(part) > MOST_LINES) return false;
  const classes = classesOf(part);
  return !classes || 2 * new Set(valuesOf(classes)).size <= vocabulary;
}

function varies(part: object, field: string, { valuesOf }: Judging): boolean {
  const held = (part as Readonly<Record<string, Tensor | readonly number[]>>)[field];
  if (held === undefined) return false;
  return new Set("offset" in held ? valuesOf(held) : held).size > 1;
}

/** Numbers of all rules among these; a partition that is not the model's one belongs to the rule that speaks of it. */
function numbersOf(parts: readonly (Look | Move | MlpPart)[], { partition, vocabulary }: Judging): number {
  return parts.reduce((sum, part) => {
    const classes = classesOf(part);
    const own = classes && classes.offset !== partition ? vocabulary : 0;
    return sum + own + (kindOf(part)?.numbers(part) ?? 0);
  }, 0);
}

function kindOf(part: Look | Move | MlpPart): RuleKind<object> | undefined {
  return lookKind(part.kind) ?? writeKind(part.kind);
}

function partitionOf({ blocks }: Model): number | undefined {
  const parts = blocks.flatMap(({ attention, mlp }) => [
    ...attention.heads.flatMap(({ looks, moves }) => [...looks, moves]),
    ...mlp.parts,
  ]);
  return parts.map((part) => classesOf(part)?.offset).find((offset) => offset !== undefined);
}

function classesOf(part: object): Tensor | undefined {
  return (part as Partial<ClassLook | ClassVectors>).classes;
}

function tensorsOf(part: object): Tensor[] {
  return Object.values(part).filter(
    (value): value is Tensor => typeof value === "object" && value !== null && "offset" in value,
  );
}
