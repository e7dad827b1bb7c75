import { compareRows, createWasmMachine, instantiate } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import {
  columnsOf,
  constant,
  read,
  startReading,
  type Block,
  type Machine,
  type Model,
  type Tensor,
} from "../runtime/index.ts";
import type { Decision, TokenDocument } from "../text/index.ts";
import { scoresAt } from "./observed.ts";

/** Something of every head and every MLP. */
export interface OfSites<Item> {
  /** By block and head. */
  readonly heads: readonly (readonly Item[])[];
  /** By block. */
  readonly mlps: readonly Item[];
}

/** What parts cost at their means, in nats a scored position. */
export interface MeanCosts extends OfSites<number> {
  /** All heads of a block at once. */
  readonly attention: readonly number[];
}

/**
 * What it costs, measured, to put the mean of what a head or an MLP writes in its place everywhere: KL(original || changed) a
 * scored position, in nats. Where a model is all but certain this is far from what gradients foresee.
 *
 * @param fitted documents whose positions the means are taken over
 * @param judged documents that the cost is measured in
 */
export function costsOfMeans(
  program: Program,
  fitted: readonly TokenDocument[],
  judged: readonly TokenDocument[],
  decision: Decision,
): MeanCosts {
  const machine = createWasmMachine();
  const model = instantiate(machine, program);
  const means = meansOfSites(machine, model, fitted);
  const before = judged.map((document) => scoresAt(machine, model, document));
  const positions = before.reduce((sum, rows) => sum + rows.length, 0);
  const costOf = (isMean: IsMean): number =>
    machine.scope(() => {
      const changed = withMeans(machine, model, means, isMean);
      const kl = judged.reduce((sum, document, index) => {
        const after = scoresAt(machine, changed, document);
        const rows = before[index] as Float32Array[];
        return sum + rows.reduce((own, row, at) => own + compareRows(decision, row, after[at] as Float32Array).kl, 0);
      }, 0);
      return kl / Math.max(1, positions);
    });
  return {
    heads: means.heads.map((own, block) => own.map((_, head) => costOf((at, other) => at === block && other === head))),
    attention: means.heads.map((_, block) => costOf((at, head) => at === block && head !== undefined)),
    mlps: means.mlps.map((_, block) => costOf((at, other) => at === block && other === undefined)),
  };
}

/** Whether a head, or, without a head, an MLP is to write its mean. */
type IsMean = (block: number, head?: number) => boolean;

/** The model with constants in place of some heads and MLPs; of all of them unless it is said of which. */
export function withMeans(
  machine: Machine,
  model: Model,
  means: OfSites<ArrayLike<number>>,
  isMean: IsMean = () => true,
): Model {
  const written = (vector: ArrayLike<number> = []) => constant(machine.store(vector, vector.length));
  const blocks = model.blocks.map(({ attention, mlp }, block): Block => ({
    attention: {
      ...attention,
      heads: attention.heads.map((own, head) =>
        isMean(block, head) ? { ...own, moves: written(means.heads[block]?.[head]) } : own,
      ),
    },
    mlp: isMean(block) ? { ...mlp, parts: [written(means.mlps[block])] } : mlp,
  }));
  return { ...model, blocks };
}

function meansOfSites(machine: Machine, model: Model, documents: readonly TokenDocument[]): OfSites<Float64Array> {
  const width = columnsOf(model.embed.tokens);
  const heads = model.blocks.map(({ attention }) => attention.heads.map(() => new Float64Array(width)));
  const mlps = model.blocks.map(() => new Float64Array(width));
  const positions = documents.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const add = (to: Float64Array | undefined, output: Tensor): void => {
    machine.values(output).forEach((value, index) => {
      if (to) to[index % width] = (to[index % width] as number) + value / positions;
    });
  };
  for (const document of documents) {
    machine.scope(() =>
      read(machine, model, startReading(machine, model, document.tokens.length, document.position), document.tokens, {
        headOutput: (block, head, output) => add(heads[block]?.[head], output),
        mlpOutput: (block, output) => add(mlps[block], output),
      }),
    );
  }
  return { heads, mlps };
}
