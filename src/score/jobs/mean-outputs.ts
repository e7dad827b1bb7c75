import type { JobContext } from "../../engine/index.ts";
import type { Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import type { RunningPackage } from "../running-package.ts";
import { scoredRows } from "../scored-rows.ts";

/** Sums over positions of what each head and each part of an MLP with neurons writes: [block][head or part][width]. */
export interface OutputSums {
  readonly positions: number;
  readonly heads: readonly (readonly (readonly number[])[])[];
  /** Constants have an empty sum. */
  readonly parts: readonly (readonly (readonly number[])[])[];
}

/** Runs the package on a document and adds up what its heads and neurons write. */
export default function meanOutputs(
  running: RunningPackage,
  _context: JobContext<null>,
  document: TokenDocument,
): OutputSums {
  const { machine, model } = running;
  const heads = model.blocks.map(({ attention }) => attention.heads.map((): number[] => []));
  const activations = model.blocks.map(({ mlp }) => mlp.parts.map((): number[] => []));
  scoredRows(
    running,
    { ...document, scored: [] },
    {
      headOutput: (block, head, output) => heads[block]?.splice(head, 1, columnSums(machine.values(output), output)),
      activations: (block, part, values) =>
        activations[block]?.splice(part, 1, columnSums(machine.values(values), values)),
    },
  );
  const parts = model.blocks.map(({ mlp }, block) =>
    mlp.parts.map((part, index) =>
      "output" in part ? through(activations[block]?.[index] ?? [], machine.values(part.output)) : [],
    ),
  );
  return { positions: document.tokens.length, heads, parts };
}

/** (rows, columns) -> (columns) */
function columnSums(values: Float32Array, { shape }: Tensor): number[] {
  const columns = shape[shape.length - 1] ?? 1;
  const sums = new Array<number>(columns).fill(0);
  values.forEach((value, index) => {
    sums[index % columns] = (sums[index % columns] as number) + value;
  });
  return sums;
}

/** (neurons) times (neurons, width) -> (width) */
function through(neurons: readonly number[], output: Float32Array): number[] {
  const width = output.length / neurons.length;
  return Array.from({ length: width }, (_, column) =>
    neurons.reduce((sum, value, neuron) => sum + value * (output[neuron * width + column] as number), 0),
  );
}
