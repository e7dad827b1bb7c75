import type { GradientObserver, HeadStep } from "../engine/index.ts";
import { columnsOf, type Machine, type Tensor } from "../runtime/index.ts";
import { StrongestPlaces, type PlaceTable } from "./strongest-places.ts";

/** Means over all positions, in the order of the program's parts. */
export interface Means {
  /** Of each block's heads: outputs (width). */
  readonly heads: readonly (readonly Float32Array[])[];
  /** Of each block's MLP: output (width). */
  readonly mlps: readonly Float32Array[];
  /** Of each block's neurons. */
  readonly neurons: readonly Float32Array[];
}

/** Sums over documents and draws of predicted KL, in nats, of putting means in place of what varies. */
export interface MeanPriceSums {
  readonly heads: readonly Float64Array[];
  readonly mlps: Float64Array;
  readonly neurons: readonly Float64Array[];
  /** Of each neuron: sums of the squares of what single backward passes came to. */
  readonly neuronSquares: readonly Float64Array[];
  /** Where each head's output is farthest from its mean, by number of the head over all blocks. */
  readonly places: PlaceTable;
  /** Output less mean at each head's first place: (heads, width). */
  readonly deviations: Float32Array;
}

/**
 * Prices of means: half the squared product of gradient and change, summed over a document's sequence before squaring
 * for heads and MLPs, position by position for neurons.
 */
export class MeanPrices {
  readonly sums: MeanPriceSums;
  readonly #machine: Machine;
  readonly #means: Means;
  readonly #places: StrongestPlaces;
  /** Number of the first head of each block. */
  readonly #firstHead: readonly number[];

  constructor(machine: Machine, means: Means, clusters: Int32Array) {
    this.#machine = machine;
    this.#means = means;
    let heads = 0;
    this.#firstHead = means.heads.map((block) => (heads += block.length) - block.length);
    this.#places = new StrongestPlaces(heads, clusters);
    this.sums = {
      heads: means.heads.map((block) => new Float64Array(block.length)),
      mlps: new Float64Array(means.mlps.length),
      neurons: means.neurons.map((block) => new Float64Array(block.length)),
      neuronSquares: means.neurons.map((block) => new Float64Array(block.length)),
      places: this.#places.table,
      deviations: new Float32Array(heads * (means.mlps[0]?.length ?? 0)),
    };
  }

  /**
   * What listens to one backward pass of a document; where heads do most is looked for in the first pass alone, and at scored
   * positions where no other head reads what they write elsewhere.
   */
  observer(
    document: number,
    scored: readonly number[],
    draw: number,
  ): Required<Pick<GradientObserver, "head" | "mlp" | "activations">> {
    // Parts come in order: the neurons of each begin where those of the parts before it end.
    const seenNeurons = this.#means.neurons.map(() => 0);
    return {
      head: (step) => {
        this.#headPrice(step);
        if (draw === 0) this.#headPlace(step, document, scored);
      },
      mlp: (block, output, gradient) => {
        const mean = this.#means.mlps[block];
        const price = mean ? squaredProduct(this.#values(output), this.#values(gradient), mean) : 0;
        this.sums.mlps[block] = (this.sums.mlps[block] as number) + price;
      },
      activations: (block, _, activations, gradient) => {
        const first = seenNeurons[block] ?? 0;
        this.#neurons(block, first, activations, gradient);
        seenNeurons[block] = first + columnsOf(activations);
      },
    };
  }

  #headPrice({ block, head, output, gradient }: HeadStep): void {
    const mean = this.#means.heads[block]?.[head];
    const prices = this.sums.heads[block];
    if (!mean || !prices) return;
    prices[head] = (prices[head] as number) + squaredProduct(this.#values(output), this.#values(gradient), mean);
  }

  #headPlace({ block, head, pattern, output }: HeadStep, document: number, scored: readonly number[]): void {
    const mean = this.#means.heads[block]?.[head];
    if (!mean) return;
    const values = this.#values(output);
    const distances = squaredDistances(values, mean);
    const isLast = block === this.#means.heads.length - 1;
    const time = farthest(distances, isLast ? scored : [...distances.keys()]);
    if (time === undefined) return;
    const value = Math.sqrt(distances[time] as number);
    const slot = (this.#firstHead[block] as number) + head;
    const key = pattern && mostAttended(this.#values(pattern), columnsOf(pattern), time);
    if (this.#places.offer(slot, { value, document, time, ...(key !== undefined && { key }) })) {
      const width = mean.length;
      const row = values.subarray(time * width, (time + 1) * width);
      this.sums.deviations.set(
        row.map((number, column) => number - (mean[column] as number)),
        slot * width,
      );
    }
  }

  #neurons(block: number, first: number, activations: Tensor, gradient: Tensor): void {
    const means = this.#means.neurons[block];
    const prices = this.sums.neurons[block];
    const squares = this.sums.neuronSquares[block];
    if (!means || !prices || !squares) return;
    const [values, slopes] = [this.#values(activations), this.#values(gradient)];
    const neurons = columnsOf(activations);
    const pass = new Float64Array(neurons);
    for (let index = 0; index < values.length; index++) {
      const neuron = index % neurons;
      const change = (slopes[index] as number) * ((means[first + neuron] as number) - (values[index] as number));
      pass[neuron] = (pass[neuron] as number) + (change * change) / 2;
    }
    pass.forEach((price, neuron) => {
      const slot = first + neuron;
      prices[slot] = (prices[slot] as number) + price;
      squares[slot] = (squares[slot] as number) + price * price;
    });
  }

  #values(tensor: Tensor): Float32Array {
    return this.#machine.values(tensor);
  }
}

/** Half the square of the sum of gradient times (mean - output); rows of the mean's length. */
function squaredProduct(output: Float32Array, gradient: Float32Array, mean: Float32Array): number {
  const width = mean.length;
  let product = 0;
  for (let start = 0; start < output.length; start += width) {
    for (let column = 0; column < width; column++) {
      product += (gradient[start + column] as number) * ((mean[column] as number) - (output[start + column] as number));
    }
  }
  return (product * product) / 2;
}

/** Of each row from the mean. */
function squaredDistances(rows: Float32Array, mean: Float32Array): Float64Array {
  const width = mean.length;
  const distances = new Float64Array(rows.length / width);
  for (let time = 0; time < distances.length; time++) {
    let sum = 0;
    for (let column = 0; column < width; column++) {
      const difference = (rows[time * width + column] as number) - (mean[column] as number);
      sum += difference * difference;
    }
    distances[time] = sum;
  }
  return distances;
}

/** The time of the greatest distance; the first token only where there is no other, since nothing led up to it. */
function farthest(distances: Float64Array, times: readonly number[]): number | undefined {
  const later = times.filter((time) => time > 0);
  return (later.length > 0 ? later : times).reduce<number | undefined>((best, time) => {
    return best === undefined || (distances[time] as number) > (distances[best] as number) ? time : best;
  }, undefined);
}

/** The key with the most attention of one query, the earliest among equals. */
function mostAttended(pattern: Float32Array, keys: number, query: number): number {
  let most = 0;
  for (let key = 1; key <= query; key++) {
    if ((pattern[query * keys + key] as number) > (pattern[query * keys + most] as number)) most = key;
  }
  return most;
}
