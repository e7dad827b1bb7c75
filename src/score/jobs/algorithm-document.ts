import { compareRows, type JobContext } from "../../engine/index.ts";
import { LinearSum, type LinearSums } from "../../profile/index.ts";
import * as runtime from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { withChange, type AlgorithmChange } from "../algorithm/changes.ts";
import type { RunningAlgorithm } from "../algorithm/running.ts";
import { VarianceSum, type VarianceSums } from "../explained-variance.ts";
import { ComparisonSum, type DocumentComparison } from "../fidelity.ts";
import { klOfRows } from "../kl.ts";
import { scoredRows } from "../scored-rows.ts";

/** A head that averages stand for. */
export interface ClaimedHead {
  readonly block: number;
  readonly head: number;
  readonly averages: readonly number[];
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
  readonly heads: readonly ClaimedHead[];
  /** What the original's heads and MLPs write on average. */
  readonly means: {
    readonly heads: readonly (readonly (readonly number[])[])[];
    readonly mlps: readonly (readonly number[])[];
  };
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
  readonly heads: readonly LinearSums[];
  /** Scores against the original's. */
  readonly scores: VarianceSums;
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
  const before = scoredRows({ runtime, ...original }, document, {
    headOutput: (block, head, output) => outputs.set(`${block} ${head}`, original.machine.values(output).slice()),
  });
  const face = running.program.logits(tokens, { firstPosition: position });
  const scoresOf = (algorithm: runtime.Algorithm): Float32Array[] => {
    const { scores } = running.runtime.runnerOf(algorithm, words)(tokens, position);
    return scored.map((place) => scores[place] as Float32Array);
  };
  const { averages } = running.runtime.runnerOf(running.algorithm, words)(tokens, position);
  const after = scoresOf(running.algorithm);
  const sum = new ComparisonSum();
  const variance = new VarianceSum();
  scored.forEach((place, index) => {
    const row = face[place];
    const target = before[index] as Float32Array;
    if (row?.length !== target.length) {
      throw new Error(`logits() gives ${row?.length ?? 0} scores at position ${place}; ${target.length} are due.`);
    }
    sum.add(compareRows(decision, target, row));
    variance.add(target, after[index] as Float32Array, target.length);
  });
  return {
    comparison: sum.of(document),
    kl: klOfRows(decision, before, after),
    changedKl: changes.map((change) => klOfRows(decision, before, scoresOf(withChange(running, change)))),
    ablatedKl: klOfRows(decision, before, ablatedRows(original, means, document)),
    heads: heads.map(({ block, head, averages: own, root }): LinearSums => {
      const output = outputs.get(`${block} ${head}`) ?? new Float32Array();
      const width = output.length / tokens.length;
      const linear = new LinearSum();
      for (const place of scored) {
        const features = own.map((index) => averages[index]?.[place] ?? 0);
        linear.add(features, output.subarray(place * width, (place + 1) * width), root);
      }
      return linear.sums;
    }),
    scores: variance.sums,
  };
}

function ablatedRows(
  { machine, model }: { readonly machine: runtime.Machine; readonly model: runtime.Model },
  means: AlgorithmOptions["means"],
  document: TokenDocument,
): Float32Array[] {
  return machine.scope(() => {
    const constant = (vector: readonly number[]) => runtime.constant(machine.store(vector, vector.length));
    const blocks = model.blocks.map(({ attention, mlp }, block): runtime.Block => ({
      attention: {
        ...attention,
        heads: attention.heads.map((head, index) => ({ ...head, moves: constant(means.heads[block]?.[index] ?? []) })),
      },
      mlp: { ...mlp, parts: [constant(means.mlps[block] ?? [])] },
    }));
    return scoredRows({ runtime, machine, model: { ...model, blocks } }, document);
  });
}
