import type { JobContext } from "../../engine/index.ts";
import * as runtime from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { VarianceSum, type VarianceSums } from "../explained-variance.ts";
import { outputOfParts, type Stream } from "../mlp-parts.ts";
import type { RunningPackage } from "../running-package.ts";
import { scoredRows } from "../scored-rows.ts";

/** A head or an MLP by its place in the model. */
export type SimulatedSite =
  | {
      readonly block: number;
      readonly head: number;
      /** What it is to look by in place of its own looks, if anything. */
      readonly looks?: readonly runtime.RuleLook[];
    }
  | {
      readonly block: number;
      /** The parts of the MLP that are judged, by index: what they write together is held against all that the original's wrote. */
      readonly parts: readonly number[];
    };

/**
 * Gives each of the package's heads and MLPs the stream that the original's read, and adds up how far what it writes is
 * from what the original's wrote.
 */
export default function simulateSites(
  running: RunningPackage,
  { program, options }: JobContext<{ readonly sites: readonly SimulatedSite[] }>,
  document: TokenDocument,
): VarianceSums[] {
  const original = program("original");
  const sums = options.sites.map(() => new VarianceSum());
  let stream: Stream = { shape: [], values: new Float32Array() };
  const judge = (isMeant: (site: SimulatedSite) => boolean, output: runtime.Tensor): void => {
    const index = options.sites.findIndex(isMeant);
    const site = options.sites[index];
    if (!site) return;
    const written = original.machine.values(output).slice();
    sums[index]?.add(written, simulated(running, site, document.tokens, stream), stream.shape[1] ?? 1);
  };
  scoredRows(
    { runtime, ...original },
    { ...document, scored: [] },
    {
      stream: (_block, before, { shape, ...tensor }) => {
        if (before !== "end") stream = { shape, values: original.machine.values({ shape, ...tensor }).slice() };
      },
      headOutput: (block, head, output) =>
        judge((site) => site.block === block && "head" in site && site.head === head, output),
      mlpOutput: (block, output) => judge((site) => site.block === block && "parts" in site, output),
    },
  );
  return sums.map((sum) => sum.sums);
}

function simulated(
  running: RunningPackage,
  site: SimulatedSite,
  tokens: readonly number[],
  stream: Stream,
): Float32Array {
  const { runtime: own, machine, model } = running;
  const { attention, mlp } = model.blocks[site.block] ?? {};
  if ("parts" in site) {
    const parts = mlp?.parts.filter((_, part) => site.parts.includes(part)) ?? [];
    return outputOfParts(running, site.block, parts, tokens, stream);
  }
  const part = attention?.heads[site.head];
  if (!attention || !part) throw new Error(`The package has no head ${site.head} in block ${site.block}.`);
  return machine.scope(() => {
    const input = own.normed(machine, attention.norm, machine.store(stream.values, ...stream.shape));
    const judged = site.looks ? { ...part, looks: site.looks } : part;
    const output = own.headOutput(machine, judged, input, { tokens, past: 0 });
    return machine.values(output).slice();
  });
}
