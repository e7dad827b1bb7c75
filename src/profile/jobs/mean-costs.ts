import { klFrom, type Job } from "../../engine/index.ts";
import {
  columnsOf,
  readOn,
  rowRange,
  rowsOf,
  scoresOf,
  startReading,
  type LayerEntry,
  type Machine,
  type Model,
  type Tensor,
} from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { recordedChanges, type MeanSite } from "../site-changes.ts";

/** What all documents have in common. */
export interface MeanCostsOptions {
  readonly decision: Decision;
  readonly sites: readonly MeanSite[];
}

/** A document, and the sites that are changed in it, by index. */
export interface MeanCostsItem {
  readonly document: TokenDocument;
  readonly chosen: readonly number[];
}

/** Scores in memory at a time: 8 MiB. */
const SCORES_AT_ONCE = 2 ** 21;

/**
 * KL(program || program with one site at its mean), in nats, summed over the scored positions of a document, for each chosen
 * site by itself. The document is read once; each change is then carried on from where it enters the stream.
 */
const meanCosts: Job<MeanCostsOptions, MeanCostsItem, Float64Array> = ({ program, options }, { document, chosen }) => {
  const loaded = program("program");
  const { machine, model } = loaded;
  const { decision } = options;
  const { tokens, position, scored } = document;
  const sites = chosen.map((index) => options.sites[index] as MeanSite);
  return machine.scope(() => {
    const { recording, changes } = recordedChanges(loaded, document, sites);
    const original = scoresAt(machine, model, recording.rows, scored);
    const kl = klFrom(decision, original, columnsOf(model.unembed.directions));
    return Float64Array.from(sites, (site, index) =>
      machine.scope(() => {
        const change = changes[index] as Float32Array;
        const from: LayerEntry =
          site.at === "head" ? { block: site.block, before: "mlp" } : { block: site.block + 1, before: "attention" };
        const streams = from.before === "mlp" ? recording.beforeMlp : recording.beforeAttention;
        const before = streams[from.block] ?? recording.end;
        const stream = machine.store(machine.values(before).slice(), ...before.shape);
        if (site.at === "head") addTo(machine.values(stream), change);
        else addAlong(machine.values(stream), change, writeDirection(machine, model, site));
        const reading = startReading(machine, model, tokens.length, position);
        reading.tokens.push(...tokens);
        const rows = readOn(machine, model, reading, stream, from);
        return kl(scoresAt(machine, model, rows, scored));
      }),
    );
  });
};

export default meanCosts;

/** Scores at some positions: (positions, vocabulary), copied out of the machine. */
function scoresAt(machine: Machine, model: Model, rows: Tensor, positions: readonly number[]): Float32Array {
  const vocabulary = columnsOf(model.unembed.directions);
  const all = new Float32Array(positions.length * vocabulary);
  const chunk = Math.max(1, Math.floor(SCORES_AT_ONCE / vocabulary));
  for (let first = 0; first < rowsOf(rows); first += chunk) {
    const count = Math.min(chunk, rowsOf(rows) - first);
    machine.scope(() => {
      const scores = machine.values(scoresOf(machine, model, rowRange(rows, first, count)));
      positions.forEach((time, index) => {
        if (time < first || time >= first + count) return;
        const start = (time - first) * vocabulary;
        all.set(scores.subarray(start, start + vocabulary), index * vocabulary);
      });
    });
  }
  return all;
}

function addTo(stream: Float32Array, change: Float32Array): void {
  for (let index = 0; index < stream.length; index++) {
    stream[index] = (stream[index] as number) + (change[index] as number);
  }
}

/** Adds to each row (width) so much of the direction. */
function addAlong(stream: Float32Array, amounts: Float32Array, direction: Float32Array): void {
  const width = direction.length;
  amounts.forEach((amount, time) => {
    for (let column = 0; column < width; column++) {
      const index = time * width + column;
      stream[index] = (stream[index] as number) + amount * (direction[column] as number);
    }
  });
}

/** What a neuron writes for each unit of its activation: (width). */
function writeDirection(machine: Machine, model: Model, site: MeanSite & { readonly at: "neuron" }): Float32Array {
  const part = model.blocks[site.block]?.mlp.parts[site.part];
  if (part?.kind !== "dense") throw new Error("A neuron is a row of a dense part.");
  return machine.values(rowRange(part.output, site.row, 1)).slice();
}
