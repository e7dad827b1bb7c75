import { record, type LoadedProgram, type Recording } from "../engine/index.ts";
import { columnsOf } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";

/** A head or a neuron, and the mean that comes in place of what it writes (width), or of its activation. */
export type MeanSite =
  | { readonly at: "head"; readonly block: number; readonly head: number; readonly mean: Float32Array }
  | {
      readonly at: "neuron";
      readonly block: number;
      /** Index of the dense part among the MLP's parts, and of the neuron among the part's. */
      readonly part: number;
      readonly row: number;
      readonly mean: number;
    };

/**
 * Reads a document, and what the mean would change at each site by itself: (tokens, width) for heads, (tokens) for neurons.
 * Call it inside a scope of the machine: the recording is in the machine's memory.
 */
export function recordedChanges(
  { machine, model }: LoadedProgram,
  { tokens, position }: TokenDocument,
  sites: readonly MeanSite[],
): { readonly recording: Recording; readonly changes: readonly Float32Array[] } {
  const width = columnsOf(model.embed.tokens);
  const changes: Float32Array[] = sites.map(() => new Float32Array());
  const recording = record(machine, model, tokens, position, {
    headOutput(block, head, output) {
      sites.forEach((site, index) => {
        if (site.at !== "head" || site.block !== block || site.head !== head) return;
        const values = machine.values(output);
        changes[index] = values.map((value, place) => (site.mean[place % width] as number) - value);
      });
    },
    activations(block, part, activations) {
      const values = machine.values(activations);
      const neurons = columnsOf(activations);
      sites.forEach((site, index) => {
        if (site.at !== "neuron" || site.block !== block || site.part !== part) return;
        changes[index] = Float32Array.from(
          tokens,
          (_, time) => site.mean - (values[time * neurons + site.row] as number),
        );
      });
    },
  });
  return { recording, changes };
}
