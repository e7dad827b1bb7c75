import type { JobContext, LoadedProgram } from "../../engine/index.ts";
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
      /** Whether it is to move what the original's head moves. */
      readonly moves?: "original";
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
    const written = original.machine.values(output).slice();
    options.sites.forEach((site, index) => {
      if (!isMeant(site)) return;
      const simulation = simulated(running, original, site, document.tokens, stream);
      sums[index]?.add(written, simulation, stream.shape[1] ?? 1);
    });
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
  original: LoadedProgram,
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
    const { norm, moves } = site.moves ? originalMoves(machine, original, site) : { ...attention, ...part };
    const input = own.normed(machine, norm, machine.store(stream.values, ...stream.shape));
    const output = own.headOutput(machine, { ...part, looks: site.looks ?? part.looks, moves }, input, {
      tokens,
      past: 0,
    });
    return machine.values(output).slice();
  });
}

/** What the original's head reads and moves, copied to another machine. */
function originalMoves(
  machine: runtime.Machine,
  original: LoadedProgram,
  { block, head }: { readonly block: number; readonly head: number },
): Pick<runtime.Attention, "norm"> & Pick<runtime.Head, "moves"> {
  const { attention } = original.model.blocks[block] ?? {};
  const moves = attention?.heads[head]?.moves;
  if (!attention || moves?.kind !== "dense") throw new Error(`The original has no head ${head} in block ${block}.`);
  const copied = (tensor: runtime.Tensor): runtime.Tensor =>
    machine.store(original.machine.values(tensor), ...tensor.shape);
  const { epsilon, gain, bias } = attention.norm;
  const { value, valueBias, output } = moves;
  return {
    norm: { epsilon, ...(gain && { gain: copied(gain) }), ...(bias && { bias: copied(bias) }) },
    moves: {
      kind: "dense",
      value: copied(value),
      output: copied(output),
      ...(valueBias && { valueBias: copied(valueBias) }),
    },
  };
}
