import type { BlockNode, HeadNode } from "../ir/index.ts";
import type { LedgerEntry } from "../simplify/index.ts";
import type { EmitInput } from "./input.ts";
import { neuronCounts, summedCounts, type NeuronCounts } from "./neuron-counts.ts";
import { headKind, looksByRule } from "./sites.ts";
import { count, counted, listed } from "./wording.ts";

/** How many heads answer how many of their two questions without opaque weights. */
export interface HeadCounts {
  readonly heads: number;
  /** They look by rules and move what tables hold. */
  readonly symbolic: number;
  /** They look by rules and move through opaque weights. */
  readonly byRule: number;
  /** Opaque weights have a say in where they look, beside rules or before a table. */
  readonly partly: number;
  /** They write a constant. */
  readonly constant: number;
  readonly opaque: number;
}

/** Counts of the parts of a block or a program. */
export interface PartCounts {
  readonly heads: HeadCounts;
  readonly neurons: NeuronCounts;
}

/** What a head is to a reader, in one of the words of HeadCounts. */
export function headCategory(head: HeadNode): Exclude<keyof HeadCounts, "heads"> {
  if (head.moves.kind === "constantMove") return "constant";
  const kind = headKind(head);
  if (kind === "mixed") return looksByRule(head) ? "byRule" : "partly";
  return kind === "rule" ? "symbolic" : "opaque";
}

/** Counts the heads of every kind. */
function headCounts(heads: readonly HeadNode[]): HeadCounts {
  const counts = { heads: heads.length, symbolic: 0, byRule: 0, partly: 0, constant: 0, opaque: 0 };
  for (const head of heads) counts[headCategory(head)]++;
  return counts;
}

/** Counts of one block, whose MLP had so many neurons. */
export function blockCounts(
  { attention, mlp }: BlockNode,
  neurons: number,
  ledger: readonly LedgerEntry[],
): PartCounts {
  return { heads: headCounts(attention.heads), neurons: neuronCounts(mlp, neurons, ledger) };
}

/** Counts of the whole program. */
export function programCounts({ program, profile, ledger }: EmitInput): PartCounts {
  const { blocks } = program;
  return {
    heads: headCounts(blocks.flatMap(({ attention }) => attention.heads)),
    neurons: summedCounts(
      blocks.map(({ mlp }, block) => neuronCounts(mlp, profile.mlps[block]?.neurons.length ?? 0, ledger)),
    ),
  };
}

/** "of 4 heads, 1 looks by rule, 1 writes a constant and 2 are unexplained; all 512 neurons are unexplained" */
export function partsClause({ heads, neurons }: PartCounts): string {
  const all = allOf(heads.heads, "head");
  return heads.opaque === heads.heads && neurons.dense === neurons.total
    ? `${all} and ${allOf(neurons.total, "neuron")} are unexplained`
    : `${headsClause(heads)}; ${neuronsClause(neurons)}`;
}

/** The same as a line of a list: "heads: 1 by rule, 3 unexplained; neurons: 98 constant, 414 unexplained" */
export function partsInBrief({ heads, neurons }: PartCounts): string {
  const clause = (kinds: readonly (readonly [number, string])[]) =>
    kinds.flatMap(([number, kind]) => (number > 0 ? [`${count(number)} ${kind}`] : [])).join(", ");
  const ofHeads = clause([
    [heads.symbolic, "wholly by rule"],
    [heads.byRule, "by rule"],
    [heads.partly, "in part by rule"],
    [heads.constant, "constant"],
    [heads.opaque, "unexplained"],
  ]);
  const ofNeurons = clause([
    [neurons.constant, "constant"],
    [neurons.affine, "linear"],
    [neurons.table, "by table"],
    [neurons.rule, "by rule"],
    [neurons.dense, "unexplained"],
  ]);
  return `heads: ${ofHeads}; neurons: ${ofNeurons}`;
}

function headsClause({ heads, symbolic, byRule, partly, constant, opaque }: HeadCounts): string {
  const kinds: readonly [heads: number, one: string, several: string][] = [
    [symbolic, "looks and moves by rule", "look and move by rule"],
    [byRule, "looks by rule", "look by rule"],
    [partly, "goes in part by rule", "go in part by rule"],
    [constant, "writes a constant", "write a constant"],
    [opaque, "is unexplained", "are unexplained"],
  ];
  const present = kinds.filter(([number]) => number > 0);
  const [first] = present;
  if (first && present.length === 1) return `${allOf(heads, "head")} ${heads === 1 ? first[1] : first[2]}`;
  const clauses = present.map(([number, one, several]) => `${count(number)} ${number === 1 ? one : several}`);
  return `of ${counted(heads, "head")}, ${listed(clauses)}`;
}

function neuronsClause({ total, dense, constant, affine, table, rule }: NeuronCounts): string {
  const kinds: readonly (readonly [neurons: number, state: string])[] = [
    [constant, "constant"],
    [affine, "absorbed by a linear map"],
    [table, "looked up in tables by token"],
    [rule, "replaced by rules"],
    [dense, "unexplained"],
  ];
  const present = kinds.filter(([number]) => number > 0);
  const are = (number: number) => (number === 1 ? "is" : "are");
  const [first] = present;
  if (first && present.length === 1) return `${allOf(total, "neuron")} ${are(total)} ${first[1]}`;
  const clauses = present.map(([number, state], index) => {
    const before = present[index - 1]?.[0];
    const verb = before !== undefined && are(before) === are(number) ? "" : ` ${are(number)}`;
    return `${count(number)}${verb} ${state}`;
  });
  return `of ${counted(total, "neuron")}, ${listed(clauses)}`;
}

function allOf(number: number, noun: string): string {
  if (number === 1) return `the one ${noun}`;
  return number === 2 ? `both ${noun}s` : `all ${counted(number, noun)}`;
}
