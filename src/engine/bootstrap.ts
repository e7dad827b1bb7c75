import { createRandom } from "./random.ts";

/** A measured value with the two ends of its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** One observation of a ratio: something counted, out of how many, and what it belongs to. */
export interface Share {
  /** Observations of one cluster (a document) are drawn together. */
  readonly cluster: string;
  readonly sum: number;
  readonly count: number;
}

const RESAMPLES = 1000;
const TAIL = 0.025;

/**
 * The ratio of all sums to all counts, with a percentile bootstrap interval over clusters
 * (Efron and Tibshirani 1993, chapter 13). All zero where nothing was counted.
 */
export function bootstrapRatio(shares: readonly Share[], seed: number, resamples = RESAMPLES): Interval {
  const clusters = gather(shares);
  const value = ratioOf(clusters, clusters.keys());
  if (clusters.length === 0) return { value, low: value, high: value };
  const random = createRandom(seed);
  const ratios = new Float64Array(resamples);
  const drawn = new Int32Array(clusters.length);
  for (let resample = 0; resample < resamples; resample++) {
    for (let index = 0; index < drawn.length; index++) drawn[index] = Math.floor(random() * clusters.length);
    ratios[resample] = ratioOf(clusters, drawn);
  }
  ratios.sort();
  return { value, low: quantile(ratios, TAIL), high: quantile(ratios, 1 - TAIL) };
}

/** Sums and counts by cluster, in order of first appearance; clusters without a count are left out. */
function gather(shares: readonly Share[]): { sum: number; count: number }[] {
  const clusters = new Map<string, { sum: number; count: number }>();
  for (const { cluster, sum, count } of shares) {
    const known = clusters.get(cluster) ?? { sum: 0, count: 0 };
    clusters.set(cluster, { sum: known.sum + sum, count: known.count + count });
  }
  return [...clusters.values()].filter(({ count }) => count > 0);
}

function ratioOf(clusters: readonly { sum: number; count: number }[], drawn: Iterable<number>): number {
  let sum = 0;
  let count = 0;
  for (const index of drawn) {
    const cluster = clusters[index];
    if (!cluster) continue;
    sum += cluster.sum;
    count += cluster.count;
  }
  return count === 0 ? 0 : sum / count;
}

/** Linear interpolation between the order statistics of sorted values. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (place - below);
}
