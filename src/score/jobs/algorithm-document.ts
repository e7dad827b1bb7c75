import { compareRows, type JobContext } from "../../engine/index.ts";
import {
  certaintyOf,
  LinearSum,
  sharesOf,
  weighed,
  withMeans,
  type LinearSums,
  type OfSites,
} from "../../profile/index.ts";
import * as runtime from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { withChange, type AlgorithmChange } from "../algorithm/changes.ts";
import { runnerOf, type RunningAlgorithm } from "../algorithm/running.ts";
import { ComparisonSum, type DocumentComparison } from "../fidelity.ts";
import { klOfRows } from "../kl.ts";
import { scoredRows } from "../scored-rows.ts";

/** A head to judge by averages or a pattern. */
export interface JudgedHead {
  readonly block: number;
  readonly head: number;
  readonly averages: readonly number[];
  /** The pattern that it looks by, where what it moves is copied token by token. */
  readonly pattern?: number | undefined;
  /** How what it writes is weighed, (width x width): by what it costs to change it. */
  readonly root: readonly number[];
}

/** What is measured in every document. */
export interface AlgorithmOptions {
  readonly decision: Decision;
  /** The text of every token, by id. */
  readonly words: readonly string[];
  readonly changes: readonly AlgorithmChange[];
  /** Heads that averages stand for. */
  readonly heads: readonly JudgedHead[];
  /** What the original's heads and MLPs write on average. */
  readonly means: OfSites<readonly number[]>;
}

/** Sums over the scored positions of a document, of what a head writes. */
export interface HeadSums {
  readonly sums: LinearSums;
  /** Of a head with a pattern: squares of what is not foreseen when it looks by the pattern and moves what it moved. */
  readonly missed?: number;
}

/** What a document came to. */
export interface AlgorithmDocument {
  readonly comparison: DocumentComparison;
  /** KL(original || algorithm), summed over scored positions: as it is, and with each change. */
  readonly kl: number;
  readonly changedKl: readonly number[];
  /** The same of the original with every head and every MLP at its mean. */
  readonly ablatedKl: number;
  /** Averages against what their heads write, at scored positions. */
  readonly heads: readonly HeadSums[];
  /** Of the original's probabilities at scored positions: their sum, token by token, and the sum of their negative entropies. */
  readonly chances: readonly number[];
  readonly certainty: number;
}

/** Compares an emitted algorithm with the original at a document's scored positions. */
export default function algorithmDocument(
  running: RunningAlgorithm,
  { program, options }: JobContext<AlgorithmOptions>,
  document: TokenDocument,
): AlgorithmDocument {
  const { decision, words, changes, heads, means } = options;
  const { tokens, position, scored } = document;
  const original = program("original");
  const outputs = new Map<string, Float32Array>();
  const streams = new Map<number, Float32Array>();
  const before = scoredRows({ runtime, ...original }, document, {
    stream: (block, before, stream) => {
      if (before === "attention") streams.set(block, original.machine.values(stream).slice());
    },
    headOutput: (block, head, output) => outputs.set(`${block} ${head}`, original.machine.values(output).slice()),
  });
  const face = running.program.logits(tokens, { firstPosition: position });
  const scoresOf = (algorithm: runtime.Algorithm): Float32Array[] => {
    const { scores } = runnerOf(running, algorithm, words)(tokens, position);
    return scored.map((place) => scores[place] as Float32Array);
  };
  const run = runnerOf(running, running.algorithm, words)(tokens, position);
  const after = scored.map((place) => run.scores[place] as Float32Array);
  const sum = new ComparisonSum();
  scored.forEach((place, index) => {
    const row = face[place];
    const target = before[index] as Float32Array;
    if (row?.length !== target.length) {
      throw new Error(`logits() gives ${row?.length ?? 0} scores at position ${place}; ${target.length} are due.`);
    }
    sum.add(compareRows(decision, target, row));
  });
  const shares = before.map((row) => sharesOf(row, decision));
  return {
    comparison: sum.of(document),
    kl: klOfRows(decision, before, after),
    changedKl: changedBy(running, changes).map((changed) => klOfRows(decision, before, scoresOf(changed))),
    ablatedKl: klOfRows(decision, before, ablatedRows(original, means, document)),
    heads: heads.map(({ block, head, averages, pattern, root }): HeadSums => {
      const { machine } = original;
      const output = outputs.get(`${block} ${head}`) ?? new Float32Array();
      const width = output.length / tokens.length;
      const rowsOf = (values: Float32Array) =>
        Float32Array.from(scored.flatMap((place) => [...values.subarray(place * width, (place + 1) * width)]));
      const own = weighed(machine, rowsOf(output), root);
      const linear = new LinearSum();
      scored.forEach((place, row) => {
        const features = averages.map((index) => run.averages[index]?.[place] ?? 0);
        linear.add(features, own.subarray(row * width, (row + 1) * width));
      });
      const rows = pattern === undefined ? undefined : run.patterns[pattern];
      if (!rows) return { sums: linear.sums };
      const moved = movedBy(original, streams.get(block) ?? new Float32Array(), { block, head }, rows);
      const foreseen = weighed(machine, rowsOf(moved), root);
      return {
        sums: linear.sums,
        missed: own.reduce((sum, value, at) => sum + (value - (foreseen[at] as number)) ** 2, 0),
      };
    }),
    chances: words.map((_, token) => shares.reduce((total, own) => total + (own[token] as number), 0)),
    certainty: shares.reduce((total, own) => total + certaintyOf(own, decision), 0),
  };
}

// What is the same for all documents is made once.
const changed = new WeakMap<readonly AlgorithmChange[], readonly runtime.Algorithm[]>();

function changedBy(running: RunningAlgorithm, changes: readonly AlgorithmChange[]): readonly runtime.Algorithm[] {
  const algorithms = changed.get(changes) ?? changes.map((change) => withChange(running, change));
  changed.set(changes, algorithms);
  return algorithms;
}

/** What a head of the original writes (time x width) when it attends by other rows, a share for each token so far. */
function movedBy(
  { machine, model }: { readonly machine: runtime.Machine; readonly model: runtime.Model },
  stream: Float32Array,
  { block, head }: { readonly block: number; readonly head: number },
  rows: readonly Float64Array[],
): Float32Array {
  const { attention } = model.blocks[block] ?? {};
  const moves = attention?.heads[head]?.moves;
  if (!attention || moves?.kind !== "dense") throw new Error(`The original has no head ${head} in block ${block}.`);
  return machine.scope(() => {
    const time = rows.length;
    const input = runtime.normed(machine, attention.norm, machine.store(stream, time, stream.length / time));
    const values = machine.allocate(time, runtime.columnsOf(moves.value));
    machine.matmul(input, moves.value, values);
    if (moves.valueBias) machine.addRow(values, moves.valueBias);
    const pattern = machine.allocate(time, time);
    machine.values(pattern).fill(0);
    rows.forEach((row, query) => machine.values(pattern).set(row, query * time));
    const moved = machine.allocate(time, runtime.columnsOf(values));
    machine.matmul(pattern, values, moved);
    const output = machine.allocate(time, stream.length / time);
    machine.matmul(moved, moves.output, output);
    return machine.values(output).slice();
  });
}

function ablatedRows(
  { machine, model }: { readonly machine: runtime.Machine; readonly model: runtime.Model },
  means: AlgorithmOptions["means"],
  document: TokenDocument,
): Float32Array[] {
  return machine.scope(() => scoredRows({ runtime, machine, model: withMeans(machine, model, means) }, document));
}
