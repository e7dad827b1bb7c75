import type { Job, LoadedProgram } from "../../engine/index.ts";
import { columnsOf, read, rowsOf, startReading, type Machine, type Model, type Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import type { DocumentGroup } from "../corpus.ts";
import { distanceBuckets, type DistanceBuckets } from "../distance-buckets.ts";
import { eachKey, keyFeatures } from "../match-cells.ts";
import { StrongestPlaces, type PlaceTable } from "../strongest-places.ts";
import { TokenSumming, type TokenSums } from "../token-sums.ts";

/** What all groups have in common. */
export interface StatisticsOptions {
  /** For each document a number shared by documents of the same id. */
  readonly clusters: Int32Array;
  /** Tokens of the longest document. */
  readonly longest: number;
  /** In how many of the first documents attention on repetitions is measured. */
  readonly matched: number;
}

/** Sums over the tokens of a group. */
export interface GroupStatistics {
  readonly tokens: number;
  /** Tokens that have one before them. */
  readonly followers: number;
  readonly heads: readonly (readonly HeadSums[])[];
  readonly mlps: readonly MlpSums[];
  /** What MLPs do, by token. */
  readonly byToken: TokenSums;
}

/** Sums of one head; attention is summed over the followers. */
export interface HeadSums {
  /** Output (width). */
  readonly output: Float64Array;
  /** Attention on the first token, the token itself, the previous one, and the last 12, itself included. */
  readonly attention: Float64Array;
  /** Attention by bucket of distance. */
  readonly byDistance: Float64Array;
  /** Attention by features of the keys, over the first documents alone; see KeyFeatures. */
  readonly byFeature: Float64Array;
}

/** Sums of one MLP; neurons of its dense parts in order. */
export interface MlpSums {
  readonly output: Float64Array;
  readonly activation: Float64Array;
  readonly activationSquared: Float64Array;
  /** Tokens at which a neuron is above 0.1. */
  readonly active: Float64Array;
  readonly places: PlaceTable;
}

const ACTIVE = 0.1;
const NEAR = 12;

/** Reads a group of documents and adds up what its heads and neurons do. */
const statistics: Job<StatisticsOptions, DocumentGroup, GroupStatistics> = ({ program, options }, group) => {
  const loaded = program("program");
  const sums = new GroupSums(loaded.model, group.documents, options);
  group.documents.forEach((document, index) => sums.read(loaded, document, group.first + index));
  return sums.result();
};

export default statistics;

class GroupSums {
  readonly #heads: readonly (readonly HeadSums[])[];
  readonly #mlps: readonly (Omit<MlpSums, "places"> & { readonly places: StrongestPlaces })[];
  readonly #byToken: TokenSumming;
  readonly #buckets: DistanceBuckets;
  readonly #matched: number;
  #tokens = 0;
  #followers = 0;

  constructor(model: Model, documents: readonly TokenDocument[], { clusters, longest, matched }: StatisticsOptions) {
    const width = columnsOf(model.embed.tokens);
    this.#buckets = distanceBuckets(longest);
    this.#matched = matched;
    const { lastDistances } = this.#buckets;
    this.#heads = model.blocks.map(({ attention }) =>
      attention.heads.map(() => ({
        output: new Float64Array(width),
        attention: new Float64Array(4),
        byDistance: new Float64Array(lastDistances.length),
        byFeature: new Float64Array(keyFeatures(lastDistances.length).count),
      })),
    );
    this.#mlps = model.blocks.map(({ mlp }) => {
      const neurons = mlp.parts.reduce((sum, part) => sum + (part.kind === "dense" ? columnsOf(part.input) : 0), 0);
      return {
        output: new Float64Array(width),
        activation: new Float64Array(neurons),
        activationSquared: new Float64Array(neurons),
        active: new Float64Array(neurons),
        places: new StrongestPlaces(neurons, clusters),
      };
    });
    const sizes = this.#mlps.map(({ activation }) => ({ width, neurons: activation.length }));
    this.#byToken = new TokenSumming(documents, rowsOf(model.embed.tokens), sizes);
  }

  read({ machine, model }: LoadedProgram, document: TokenDocument, index: number): void {
    const { tokens, position } = document;
    this.#byToken.begin(document);
    this.#tokens += tokens.length;
    this.#followers += tokens.length - 1;
    const firstNeurons = model.blocks.map(() => 0);
    const keys = index < this.#matched ? featuresOfKeys(tokens, this.#buckets) : undefined;
    machine.scope(() =>
      read(machine, model, startReading(machine, model, tokens.length, position), tokens, {
        headOutput: (block, head, output) => addRows(this.#heads[block]?.[head]?.output, machine, output),
        pattern: (block, head, pattern) => {
          const sums = this.#heads[block]?.[head];
          if (!sums) return;
          addAttention(sums, machine.values(pattern), rowsOf(pattern), this.#buckets.bucketOf);
          if (keys) addFeatures(sums.byFeature, machine.values(pattern), keys);
        },
        mlpOutput: (block, output) => {
          addRows(this.#mlps[block]?.output, machine, output);
          this.#byToken.output(block, machine.values(output));
        },
        activations: (block, _, activations) => {
          const sums = this.#mlps[block];
          const first = firstNeurons[block] ?? 0;
          if (sums) addNeurons(sums, first, machine.values(activations), columnsOf(activations), index);
          this.#byToken.activations(block, first, machine.values(activations));
          firstNeurons[block] = first + columnsOf(activations);
        },
      }),
    );
  }

  result(): GroupStatistics {
    const mlps = this.#mlps.map(({ places, ...sums }) => ({ ...sums, places: places.table }));
    const [tokens, followers] = [this.#tokens, this.#followers];
    return { tokens, followers, heads: this.#heads, mlps, byToken: this.#byToken.sums };
  }
}

function addRows(sums: Float64Array | undefined, machine: Machine, rows: Tensor): void {
  if (!sums) return;
  const values = machine.values(rows);
  for (let start = 0; start < values.length; start += sums.length) {
    for (let column = 0; column < sums.length; column++) {
      sums[column] = (sums[column] as number) + (values[start + column] as number);
    }
  }
}

/** The first token has nothing but itself to attend to, and is left out. */
function addAttention(sums: HeadSums, pattern: Float32Array, time: number, bucketOf: Int32Array): void {
  const { byDistance, attention } = sums;
  let [first = 0, self = 0, previous = 0, near = 0] = attention;
  for (let query = 1; query < time; query++) {
    const start = query * time;
    first += pattern[start] as number;
    self += pattern[start + query] as number;
    previous += pattern[start + query - 1] as number;
    for (let key = 0; key <= query; key++) {
      const share = pattern[start + key] as number;
      const bucket = bucketOf[query - key] as number;
      byDistance[bucket] = (byDistance[bucket] as number) + share;
      if (query - key < NEAR) near += share;
    }
  }
  attention.set([first, self, previous, near]);
}

/** Features of every key of every query but the first, one after the other as in a pattern (time, time). */
function featuresOfKeys(tokens: readonly number[], buckets: DistanceBuckets): (readonly number[])[] {
  const all: (readonly number[])[] = [];
  tokens.forEach((_, query) => {
    if (query === 0) return;
    eachKey(tokens, query, buckets, (key, features) => (all[query * tokens.length + key] = features));
  });
  return all;
}

function addFeatures(sums: Float64Array, pattern: Float32Array, keys: readonly (readonly number[])[]): void {
  keys.forEach((features, at) => {
    for (const feature of features) sums[feature] = (sums[feature] as number) + (pattern[at] as number);
  });
}

function addNeurons(
  sums: Omit<MlpSums, "places"> & { readonly places: StrongestPlaces },
  first: number,
  activations: Float32Array,
  neurons: number,
  document: number,
): void {
  const { activation, activationSquared, active, places } = sums;
  const times = activations.length / neurons;
  for (let neuron = 0; neuron < neurons; neuron++) {
    const slot = first + neuron;
    let [sum, squares, above] = [0, 0, 0];
    let best = -Infinity;
    let bestTime = 0;
    for (let time = 0; time < times; time++) {
      const value = activations[time * neurons + neuron] as number;
      sum += value;
      squares += value * value;
      if (value > ACTIVE) above++;
      // The first token is no place of interest where there are others: nothing led up to it.
      if (value > best || (time === 1 && bestTime === 0)) {
        best = value;
        bestTime = time;
      }
    }
    activation[slot] = (activation[slot] as number) + sum;
    activationSquared[slot] = (activationSquared[slot] as number) + squares;
    active[slot] = (active[slot] as number) + above;
    places.offer(slot, { value: best, document, time: bestTime });
  }
}
