import type { BlockNode, HeadNode } from "../ir/index.ts";
import type { EmitInput } from "./input.ts";
import { denseNeurons, headKind } from "./sites.ts";
import { count, counted, listed } from "./wording.ts";

/** How many heads answer how many of their two questions without opaque weights. */
export interface HeadCounts {
  readonly heads: number;
  /** They look by rules and move through opaque weights. */
  readonly byRule: number;
  /** They write a constant. */
  readonly constant: number;
  readonly opaque: number;
}

/** How many neurons are no longer run. */
export interface NeuronCounts {
  readonly neurons: number;
  readonly constant: number;
}

/** Counts of the parts of a block or a program. */
export interface PartCounts {
  readonly heads: HeadCounts;
  readonly neurons: NeuronCounts;
}

/** Counts the heads of every kind. */
function headCounts(heads: readonly HeadNode[]): HeadCounts {
  const of = (kind: string) => heads.filter((head) => headKind(head) === kind).length;
  return { heads: heads.length, byRule: of("mixed"), constant: of("rule"), opaque: of("opaque") };
}

/** Counts of one block. */
export function blockCounts({ attention, mlp }: BlockNode, neurons: number): PartCounts {
  return {
    heads: headCounts(attention.heads),
    neurons: { neurons, constant: neurons - denseNeurons(mlp).length },
  };
}

/** Counts of the whole program. */
export function programCounts({ program, profile }: EmitInput): PartCounts {
  const neurons = profile.mlps.reduce((sum, mlp) => sum + mlp.neurons.length, 0);
  const dense = program.blocks.reduce((sum, { mlp }) => sum + denseNeurons(mlp).length, 0);
  return {
    heads: headCounts(program.blocks.flatMap(({ attention }) => attention.heads)),
    neurons: { neurons, constant: neurons - dense },
  };
}

/** "of 4 heads, 1 looks by rule, 1 writes a constant and 2 are unexplained; all 512 neurons are unexplained" */
export function partsClause({ heads, neurons }: PartCounts): string {
  const all = allOf(heads.heads, "head");
  return heads.opaque === heads.heads && neurons.constant === 0
    ? `${all} and ${allOf(neurons.neurons, "neuron")} are unexplained`
    : `${headsClause(heads)}; ${neuronsClause(neurons)}`;
}

/** The same as a line of a list: "heads: 1 by rule, 3 unexplained; neurons: 98 constant, 414 unexplained" */
export function partsInBrief({ heads, neurons }: PartCounts): string {
  const clause = (kinds: readonly (readonly [number, string])[]) =>
    kinds.flatMap(([number, kind]) => (number > 0 ? [`${count(number)} ${kind}`] : [])).join(", ");
  const ofHeads = clause([
    [heads.byRule, "by rule"],
    [heads.constant, "constant"],
    [heads.opaque, "unexplained"],
  ]);
  const ofNeurons = clause([
    [neurons.constant, "constant"],
    [neurons.neurons - neurons.constant, "unexplained"],
  ]);
  return `heads: ${ofHeads}; neurons: ${ofNeurons}`;
}

function headsClause({ heads, byRule, constant, opaque }: HeadCounts): string {
  const kinds: readonly [heads: number, one: string, several: string][] = [
    [byRule, "looks by rule", "look by rule"],
    [constant, "writes a constant", "write a constant"],
    [opaque, "is unexplained", "are unexplained"],
  ];
  const present = kinds.filter(([number]) => number > 0);
  const [first] = present;
  if (first && present.length === 1) return `${allOf(heads, "head")} ${heads === 1 ? first[1] : first[2]}`;
  const clauses = present.map(([number, one, several]) => `${count(number)} ${number === 1 ? one : several}`);
  return `of ${counted(heads, "head")}, ${listed(clauses)}`;
}

function neuronsClause({ neurons, constant }: NeuronCounts): string {
  const are = (number: number) => (number === 1 ? "is" : "are");
  if (constant === 0) return `${allOf(neurons, "neuron")} ${are(neurons)} unexplained`;
  if (constant === neurons) return `${allOf(neurons, "neuron")} ${are(neurons)} constant`;
  const dense = neurons - constant;
  const unexplained = are(dense) === are(constant) ? count(dense) : `${count(dense)} ${are(dense)}`;
  return `of ${counted(neurons, "neuron")}, ${count(constant)} ${are(constant)} constant and ${unexplained} unexplained`;
}

function allOf(number: number, noun: string): string {
  if (number === 1) return `the one ${noun}`;
  return number === 2 ? `both ${noun}s` : `all ${counted(number, noun)}`;
}
