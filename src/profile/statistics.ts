import type { Program } from "../ir/index.ts";
import type { GroupStatistics } from "./jobs/statistics.ts";
import { StrongestPlaces } from "./strongest-places.ts";

/** What heads and MLPs do on average over all documents. */
export interface Statistics {
  readonly heads: readonly (readonly HeadStatistics[])[];
  readonly mlps: readonly MlpStatistics[];
}

export interface HeadStatistics {
  /** Mean output (width). */
  readonly mean: Float64Array;
  /** Mean shares of attention: the first token, the token itself, the previous one, the last 12. */
  readonly attention: Float64Array;
  /** Attention summed over queries: by bucket of distance, and on the first token. */
  readonly byDistance: Float64Array;
  /** Attention summed over the queries of the first documents, by features of the keys; see KeyFeatures. */
  readonly byFeature: Float64Array;
  readonly first: number;
}

export interface MlpStatistics {
  /** Mean output (width). */
  readonly mean: Float64Array;
  /** Of each neuron: mean and deviation of the activation, share of tokens above 0.1. */
  readonly neuronMeans: Float64Array;
  readonly neuronDeviations: Float64Array;
  readonly neuronActive: Float64Array;
  readonly places: StrongestPlaces;
}

/** Adds up groups in their order and divides. */
export function gatherStatistics(
  program: Program,
  groups: readonly Omit<GroupStatistics, "byToken">[],
  clusters: Int32Array,
): Statistics {
  const tokens = Math.max(
    1,
    total(groups, (group) => group.tokens),
  );
  const followers = Math.max(
    1,
    total(groups, (group) => group.followers),
  );
  return {
    heads: program.blocks.map(({ attention }, block) =>
      attention.heads.map((_, head) => {
        const sums = groups.map((group) => present(group.heads[block]?.[head]));
        const attended = summed(sums.map((each) => each.attention));
        return {
          mean: summed(sums.map(({ output }) => output)).map((sum) => sum / tokens),
          attention: attended.map((sum) => sum / followers),
          byDistance: summed(sums.map(({ byDistance }) => byDistance)),
          byFeature: summed(sums.map(({ byFeature }) => byFeature)),
          first: attended[0] ?? 0,
        };
      }),
    ),
    mlps: program.blocks.map((_, block) => {
      const sums = groups.map((group) => present(group.mlps[block]));
      const means = summed(sums.map(({ activation }) => activation)).map((sum) => sum / tokens);
      const squares = summed(sums.map(({ activationSquared }) => activationSquared));
      const places = new StrongestPlaces(means.length, clusters);
      for (const each of sums) places.merge(each.places);
      return {
        mean: summed(sums.map(({ output }) => output)).map((sum) => sum / tokens),
        neuronMeans: means,
        neuronDeviations: squares.map((sum, neuron) =>
          Math.sqrt(Math.max(0, sum / tokens - (means[neuron] ?? 0) * (means[neuron] ?? 0))),
        ),
        neuronActive: summed(sums.map(({ active }) => active)).map((sum) => sum / tokens),
        places,
      };
    }),
  };
}

/** Element by element, in order. */
export function summed(arrays: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(arrays[0]?.length ?? 0);
  for (const array of arrays) {
    for (let index = 0; index < sums.length; index++) sums[index] = (sums[index] as number) + (array[index] as number);
  }
  return sums;
}

/** The value of something that every group has. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("A group of documents lacks the sums of a head or an MLP.");
  return value;
}

const total = <Item>(items: readonly Item[], count: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + count(item), 0);
