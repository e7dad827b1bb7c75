import type { JobContext } from "../../engine/index.ts";
import * as runtime from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { VarianceSum, type VarianceSums } from "../explained-variance.ts";
import type { RuleLook } from "../outline.ts";
import type { RunningPackage } from "../running-package.ts";
import { scoredRows } from "../scored-rows.ts";

/** A head by its place in the model. */
export interface HeadPlace {
  readonly block: number;
  readonly head: number;
  /** What it is to look by in place of its own looks, if anything. */
  readonly looks?: readonly RuleLook[];
}

/**
 * Gives each of the package's heads the stream that the original's head read, and adds up how far what it writes is from
 * what the original's wrote.
 */
export default function simulateHeads(
  running: RunningPackage,
  { program, options }: JobContext<{ readonly places: readonly HeadPlace[] }>,
  document: TokenDocument,
): VarianceSums[] {
  const original = program("original");
  const sums = options.places.map(() => new VarianceSum());
  let stream: { readonly shape: readonly number[]; readonly values: Float32Array } = {
    shape: [],
    values: new Float32Array(),
  };
  scoredRows(
    { runtime, ...original },
    { ...document, scored: [] },
    {
      stream: (_block, before, { shape, ...tensor }) => {
        if (before === "attention") stream = { shape, values: original.machine.values({ shape, ...tensor }).slice() };
      },
      headOutput: (block, head, output) => {
        const index = options.places.findIndex((place) => place.block === block && place.head === head);
        const place = options.places[index];
        if (!place) return;
        const written = original.machine.values(output).slice();
        sums[index]?.add(written, simulated(running, place, document.tokens, stream), stream.shape[1] ?? 1);
      },
    },
  );
  return sums.map((sum) => sum.sums);
}

function simulated(
  { runtime: own, machine, model }: RunningPackage,
  { block, head, looks }: HeadPlace,
  tokens: readonly number[],
  stream: { readonly shape: readonly number[]; readonly values: Float32Array },
): Float32Array {
  const attention = model.blocks[block]?.attention;
  const part = attention?.heads[head];
  if (!part) throw new Error(`The package has no head ${head} in block ${block}.`);
  return machine.scope(() => {
    const input = own.normed(machine, attention.norm, machine.store(stream.values, ...stream.shape));
    const judged = looks ? { ...part, looks } : part;
    const output = own.headOutput(machine, judged, input, { tokens, past: 0 });
    return machine.values(output).slice();
  });
}
