import type { MlpPart, Move, RuleLook } from "../runtime/index.ts";

/** A field of a rule whose numbers can be put in another order: a tensor's rows or entries, or the numbers of a list. */
export interface ShuffledField {
  readonly field: string;
  readonly by: "rows" | "entries";
}

/** What a score needs to know of one kind of rule. */
export interface RuleKind<Rule> {
  /** Numbers that the rule holds, the partition that it speaks of left out. */
  numbers(rule: Rule): number;
  /** What a person has to read of it, in tokens or lines; a table that is looked up by token is one line. */
  lines(rule: Rule): number;
  /** Multiplications for one token, at so many keys. */
  multiplications(rule: Rule, keys: number): number;
  /** What falsification puts in another order, one field at a time. */
  readonly shuffled: readonly ShuffledField[];
  /** Claims that it has to win against: the same rule with one word changed. */
  rivals?(rule: Rule): readonly Rule[];
}

/** A move, or a part of an MLP, that is a rule. */
export type RuleWrite = Exclude<Move | MlpPart, { readonly kind: "constant" | "affine" | "dense" }>;

type Kinds<Rule extends { readonly kind: string }, Extra = unknown> = {
  readonly [Kind in Rule["kind"]]: RuleKind<Extract<Rule, { readonly kind: Kind }>> & Extra;
};

const nothing = (): number => 0;
const sizeOf = ({ shape }: { readonly shape: readonly number[] }): number =>
  shape.reduce((product, extent) => product * extent, 1);
const extent = ({ shape }: { readonly shape: readonly number[] }, axis: number): number => shape[axis] ?? 1;

/** Every look that is a rule; a kernel and a sink are one rule, and put in another order together. */
const LOOKS: Kinds<RuleLook> = {
  sink: { numbers: () => 1, lines: () => 1, multiplications: nothing, shuffled: [] },
  kernel: {
    numbers: ({ steps }) => 2 * steps.length,
    lines: ({ steps }) => 2 * steps.length,
    multiplications: nothing,
    shuffled: [],
  },
  token: {
    numbers: ({ scores }) => sizeOf(scores),
    lines: () => 1,
    multiplications: nothing,
    shuffled: [{ field: "scores", by: "entries" }],
  },
  classes: {
    numbers: ({ scores }) => sizeOf(scores),
    lines: ({ scores }) => Math.max(extent(scores, 0), extent(scores, 1)),
    multiplications: nothing,
    // Random sets of the same sizes, then the right sets with each other's scores.
    shuffled: [
      { field: "classes", by: "entries" },
      { field: "scores", by: "entries" },
    ],
  },
  match: {
    numbers: ({ scores }) => scores.length,
    lines: ({ scores }) => scores.length,
    multiplications: nothing,
    shuffled: [{ field: "scores", by: "entries" }],
    rivals: (look) => [{ ...look, keyBack: look.keyBack === 0 ? 1 : 0 }],
  },
};

interface StandsFor {
  readonly standsFor: "table" | "rule" | "guarded";
}

/** Every move and MLP part that is a rule, and what neurons that it stands for count as. */
const WRITES: Kinds<RuleWrite, StandsFor> = {
  classVectors: {
    numbers: ({ vectors }) => sizeOf(vectors),
    lines: ({ vectors }) => extent(vectors, 0),
    multiplications: ({ vectors }, keys) => (keys > 1 ? sizeOf(vectors) : 0),
    shuffled: [
      { field: "classes", by: "entries" },
      { field: "vectors", by: "rows" },
    ],
    standsFor: "table",
  },
  tokenVectors: {
    numbers: ({ groups, amounts, directions }) => (groups ? sizeOf(groups) : 0) + sizeOf(amounts) + sizeOf(directions),
    lines: () => 1,
    multiplications: ({ directions }, keys) => sizeOf(directions) + (keys > 1 ? extent(directions, 0) * keys : 0),
    // Random groups of the same sizes, then the right groups with each other's amounts.
    shuffled: [
      { field: "groups", by: "entries" },
      { field: "amounts", by: "rows" },
    ],
    standsFor: "table",
  },
  rule: {
    numbers: ({ writes }) => 1 + sizeOf(writes),
    // A condition is read word by word; the sets that it names are source as well, and are charged as such.
    lines: ({ when }) => (String(when).match(/\w+/gu) ?? []).length,
    multiplications: ({ writes }) => sizeOf(writes),
    shuffled: [{ field: "writes", by: "entries" }],
    rivals: (rule) => [{ ...rule, when: (here) => !rule.when(here) }],
    standsFor: "rule",
  },
};

/** What is known of a look's kind; undefined for weights, and for kinds that this compiler does not know. */
export function lookKind(kind: string): RuleKind<RuleLook> | undefined {
  return own<RuleKind<RuleLook>>(LOOKS, kind);
}

/** What is known of a move's or an MLP part's kind; undefined for constants, weights and unknown kinds. */
export function writeKind(kind: string): (RuleKind<RuleWrite> & StandsFor) | undefined {
  return own<RuleKind<RuleWrite> & StandsFor>(WRITES, kind);
}

function own<Value>(table: object, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? (table as Readonly<Record<string, Value>>)[key] : undefined;
}
