import type { LoadedProgram } from "../engine/index.ts";
import {
  captureWrites,
  headId,
  normedTerms,
  type DenseLookNode,
  type HeadNode,
  type Source,
  type Terms,
} from "../ir/index.ts";
import { rowsOf, type Machine, type Tensor } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";

/** The dense look of a head that looks by weights alone and moves what varies; undefined for all others. */
export function soleDenseLook({ looks, moves }: HeadNode): DenseLookNode | undefined {
  const [look, ...others] = looks;
  return look?.kind === "denseLook" && others.length === 0 && moves.kind === "denseMove" ? look : undefined;
}

/** One head while it reads one document. */
export interface ReadHead {
  readonly site: string;
  readonly node: HeadNode;
  readonly look: DenseLookNode;
  readonly headWidth: number;
  /** The normed stream that the head reads, by source: (time, width). */
  readonly terms: ReadonlyMap<Source, Tensor>;
  /** Their sum (time, width). */
  readonly input: Tensor;
  /** What the head writes (time, width). */
  readonly written: Float32Array;
}

/** Reads a document and visits every head that has a sole dense look; memory that a visit allocates is given back. */
export function visitHeads(
  { machine, model, program }: LoadedProgram,
  { tokens, position }: TokenDocument,
  visit: (head: ReadHead) => void,
): void {
  const writes = captureWrites(machine, model, tokens, position);
  program.blocks.forEach(({ attention }, block) => {
    if (!attention.heads.some(soleDenseLook)) return;
    const terms = normedTerms(program, writes, { block, before: "attention" });
    machine.scope(() => {
      const place = (rows: Float64Array): Tensor => machine.store(rows, tokens.length, program.width);
      const input = place(total(terms));
      const placed = new Map([...terms].map(([source, rows]) => [source, place(rows)] as const));
      attention.heads.forEach((node, head) => {
        const look = soleDenseLook(node);
        const site = headId(block, head);
        const written = writes.byId.get(site);
        if (!look || !written) return;
        const headWidth = look.query.shape[1] as number;
        machine.scope(() => visit({ site, node, look, headWidth, terms: placed, input, written }));
      });
    });
  });
}

/** Queries of some sources alone (time, head width); the queries' bias is the constant source's. */
export function queriesOf(
  { machine, place }: LoadedProgram,
  { look, terms, headWidth }: ReadHead,
  sources: readonly Source[],
): Map<Source, Tensor> {
  const queries = projected(machine, terms, sources, place(look.query), headWidth);
  const constant = queries.get("constant");
  if (constant) machine.addRow(constant, place(look.queryBias));
  return queries;
}

/** Keys of some sources alone (time, head width); a bias, which all keys share, makes no difference between them. */
export function keysOf(
  { machine, place }: LoadedProgram,
  { look, terms, headWidth }: ReadHead,
  sources: readonly Source[],
): Map<Source, Tensor> {
  return projected(machine, terms, sources, place(look.key), headWidth);
}

function projected(
  machine: Machine,
  terms: ReadonlyMap<Source, Tensor>,
  sources: readonly Source[],
  weights: Tensor,
  headWidth: number,
): Map<Source, Tensor> {
  return new Map(
    sources.map((source) => {
      const rows = terms.get(source);
      if (!rows) throw new Error(`Nothing that is read comes from ${source}.`);
      const out = machine.allocate(rowsOf(rows), headWidth);
      machine.matmul(rows, weights, out);
      return [source, out] as const;
    }),
  );
}

/** A head's whole scores. */
export interface WholeScores {
  /** (time, head width); keys without their bias, which all keys share. */
  readonly queries: Tensor;
  readonly keys: Tensor;
  /** (time, time), not masked */
  readonly scores: Tensor;
}

export function wholeScores({ machine, place }: LoadedProgram, { look, headWidth, input }: ReadHead): WholeScores {
  const time = rowsOf(input);
  const queries = machine.allocate(time, headWidth);
  const keys = machine.allocate(time, headWidth);
  const scores = machine.allocate(time, time);
  machine.matmul(input, place(look.query), queries);
  machine.addRow(queries, place(look.queryBias));
  machine.matmul(input, place(look.key), keys);
  machine.matmul(queries, machine.transposed(keys), scores);
  return { queries, keys, scores };
}

/** How a head's attention weighs what makes its scores differ. */
export interface WeighedScores extends Omit<WholeScores, "scores"> {
  /** (time, time): attention times the score less the mean that attention gives it; rows sum to 0. */
  readonly weights: Tensor;
  /** Variance of the score over the keys of a query, under its attention, summed over queries. */
  readonly variance: number;
}

/**
 * The head's scores, centred for every query over its keys, because a softmax ignores what all keys share, and weighed by
 * its attention: half the variance of a change of scores is, to second order, the KL that it causes in the attention.
 */
export function weighedScores(loaded: LoadedProgram, head: ReadHead): WeighedScores {
  const { machine } = loaded;
  const { queries, keys, scores } = wholeScores(loaded, head);
  const weights = machine.store(machine.values(scores).slice(), ...scores.shape);
  machine.softmaxCausal(weights, 0);
  const variance = centre(machine.values(scores), machine.values(weights), rowsOf(scores));
  return { queries, keys, weights, variance };
}

/** Multiplies attention by centred scores, in place; gives the sum of their products. */
function centre(scores: Float32Array, attention: Float32Array, time: number): number {
  let variance = 0;
  for (let query = 0; query < time; query++) {
    const first = query * time;
    let mean = 0;
    let whole = 0;
    for (let at = first; at <= first + query; at++) {
      mean += (attention[at] as number) * (scores[at] as number);
      whole += attention[at] as number;
    }
    for (let at = first; at < first + time; at++) {
      const distance = (scores[at] as number) - mean / whole;
      const weight = at <= first + query ? (attention[at] as number) * distance : 0;
      attention[at] = weight;
      variance += weight * distance;
    }
  }
  return variance;
}

/** Sum over all places of two arrays' products. */
export function product(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] as number) * (other[index] as number);
  return sum;
}

function total(terms: Terms): Float64Array {
  const [first = new Float64Array(), ...rest] = terms.values();
  const sum = first.slice();
  for (const term of rest) {
    for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + (term[index] as number);
  }
  return sum;
}
