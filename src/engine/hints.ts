import type { Machine, Observer, Tensor } from "../runtime/index.ts";

/**
 * A head, or an MLP where no head is named, that learns what the original's writes beside the answers (a hint: Romero et al.
 * 2015). What it writes must follow from the text alone, not from the stream, which the original's has otherwise.
 */
export interface Hint {
  readonly block: number;
  readonly head?: number;
  /** Nats a scored position that it counts to foresee nothing of how the original's output varies; to foresee all of it counts 0. */
  readonly weight: number;
}

/** Writes down what the sites of hints write: (time, width). */
export function hintedOutputs(machine: Machine, hints: readonly Hint[], into: Map<Hint, Float32Array>): Observer {
  const keep = (block: number, head: number | undefined, output: Tensor): void => {
    for (const hint of hints) {
      if (hint.block === block && hint.head === head) into.set(hint, machine.values(output).slice());
    }
  };
  return {
    headOutput: keep,
    mlpOutput: (block, output) => keep(block, undefined, output),
  };
}

/**
 * The gradient, at what a site writes, of `weight` times the share of the original's variance over a text that it misses:
 * (time, width). Constants and the means of rows count for nothing, as where rules are judged.
 */
export function hintGradient(
  written: Float32Array,
  original: Float32Array,
  width: number,
  weight: number,
): Float32Array {
  const varying = centred(original, width);
  const missed = centred(
    written.map((value, at) => value - (original[at] as number)),
    width,
  );
  const spread = varying.reduce((sum, value) => sum + value * value, 0);
  const scale = spread > 0 ? (2 * weight) / spread : 0;
  return missed.map((value) => scale * value);
}

/** Less the mean of each row, then less the mean of each column. */
function centred(values: Float32Array, width: number): Float32Array {
  const result = values.slice();
  const means = new Float64Array(width);
  for (let start = 0; start < result.length; start += width) {
    const row = result.subarray(start, start + width);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    row.forEach((value, column) => {
      row[column] = value - mean;
      means[column] = (means[column] as number) + value - mean;
    });
  }
  const rows = result.length / width;
  return result.map((value, at) => value - (means[at % width] as number) / rows);
}
