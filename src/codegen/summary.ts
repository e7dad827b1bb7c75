import type { HeadNode } from "../ir/index.ts";
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

/** Counts the heads of every kind. */
export function headCounts(heads: readonly HeadNode[]): HeadCounts {
  const of = (kind: string) => heads.filter((head) => headKind(head) === kind).length;
  return { heads: heads.length, byRule: of("mixed"), constant: of("rule"), opaque: of("opaque") };
}

/** Counts of the whole program. */
export function programCounts({ program, profile }: EmitInput): { heads: HeadCounts; neurons: NeuronCounts } {
  const neurons = profile.mlps.reduce((sum, mlp) => sum + mlp.neurons.length, 0);
  const dense = program.blocks.reduce((sum, { mlp }) => sum + denseNeurons(mlp).length, 0);
  return {
    heads: headCounts(program.blocks.flatMap(({ attention }) => attention.heads)),
    neurons: { neurons, constant: neurons - dense },
  };
}

/** "of 4 heads, 1 looks by rule, 1 writes a constant and 2 are unexplained" */
export function headsClause({ heads, byRule, constant, opaque }: HeadCounts): string {
  if (opaque === heads)
    return heads === 1 ? "its one head is unexplained" : `all ${count(heads)} heads are unexplained`;
  const clauses = [
    ...(byRule > 0 ? [`${count(byRule)} ${byRule === 1 ? "looks" : "look"} by rule`] : []),
    ...(constant > 0 ? [`${count(constant)} ${constant === 1 ? "writes" : "write"} a constant`] : []),
    ...(opaque > 0 ? [`${count(opaque)} ${opaque === 1 ? "is" : "are"} unexplained`] : []),
  ];
  return `of ${counted(heads, "head")}, ${listed(clauses)}`;
}

/** "of 512 neurons, 5 are constant and 507 unexplained" */
export function neuronsClause({ neurons, constant }: NeuronCounts): string {
  if (constant === 0) return `all ${count(neurons)} neurons are unexplained`;
  if (constant === neurons) return `all ${count(neurons)} neurons are constant`;
  return `of ${count(neurons)} neurons, ${count(constant)} ${constant === 1 ? "is" : "are"} constant and ${count(neurons - constant)} unexplained`;
}
