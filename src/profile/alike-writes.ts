/** Least cosine between output rows of neurons that write alike. */
const LEAST_COSINE = 0.98;

/** Multiplications that are worth comparing all pairs of a block's neurons. */
const MOST_WORK = 2 ** 28;

/** A neuron's part in what a group writes: activation times factor, along the first neuron's row. */
export interface Writer {
  readonly neuron: number;
  readonly factor: number;
}

/**
 * Groups of neurons whose output rows point along one line, the same or the opposite way; each neuron is in one group, and
 * most are alone. Neurons are numbered by their rows.
 *
 * @param output (neurons, width)
 */
export function alikeWriters(output: Float32Array, width: number): Writer[][] {
  const count = output.length / width;
  const rowOf = (neuron: number): Float32Array => output.subarray(neuron * width, (neuron + 1) * width);
  const lengths = Float64Array.from({ length: count }, (_, neuron) => Math.hypot(...rowOf(neuron)));
  const groups: Writer[][] = [];
  const comparable = (count * count * width) / 2 <= MOST_WORK;
  for (let neuron = 0; neuron < count; neuron++) {
    const own = lengths[neuron] as number;
    const group = comparable
      ? groups.find(
          ([first]) =>
            first &&
            Math.abs(dot(rowOf(first.neuron), rowOf(neuron))) >=
              LEAST_COSINE * own * (lengths[first.neuron] as number) &&
            own > 0,
        )
      : undefined;
    const [first] = group ?? [];
    if (!group || !first) groups.push([{ neuron, factor: 1 }]);
    else {
      const other = lengths[first.neuron] as number;
      group.push({ neuron, factor: dot(rowOf(first.neuron), rowOf(neuron)) / (other * other) });
    }
  }
  return groups;
}

function dot(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] as number), 0);
}
