import { kernel, sink, type KernelLook, type SinkLook } from "../runtime/index.ts";
import { solvePositiveDefinite } from "./linear-solve.ts";
import type { DistanceBuckets } from "./distance-buckets.ts";

/** All that the fit needs to know of a head's attention. */
export interface AttentionByDistance {
  /** Attention summed over queries, by bucket of distance. */
  readonly byDistance: ArrayLike<number>;
  /** Attention on the first token, summed over queries. */
  readonly first: number;
}

const ITERATIONS = 60;
const HALVINGS = 30;
/** Weight of the squared scores, as a share of the queries: bounds the score of a bucket that is never attended. */
const RIDGE = 1e-6;
const CONVERGED = 1e-10;
const DECIMALS = 2;

/**
 * The kernel by distance and the sink whose attention has the least cross-entropy with a head's, a convex problem
 * solved by Newton's method. The last score is 0; scores have two decimals, as the source prints them.
 * @param queries number of queries at each index in their text, the first index included (it is ignored)
 */
export function fitKernel(
  { lastDistances, bucketOf }: DistanceBuckets,
  queries: readonly number[],
  { byDistance, first }: AttentionByDistance,
): { rule: KernelLook; sink: SinkLook } {
  const problem = new CrossEntropy(bucketOf, lastDistances.length, queries, [...Array.from(byDistance), first]);
  let scores = new Float64Array(lastDistances.length + 1);
  let { value, gradient, curvature } = problem.at(scores);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const step = solvePositiveDefinite(curvature, gradient);
    const decrease = step.reduce((sum, change, index) => sum + change * (gradient[index] as number), 0);
    if (decrease < CONVERGED * problem.total) break;
    let share = 1;
    for (let halving = 0; halving < HALVINGS; halving++, share /= 2) {
      const next = scores.map((score, index) => score - share * (step[index] as number));
      const there = problem.at(next);
      if (there.value > value - 0.1 * share * decrease) continue;
      scores = next;
      ({ value, gradient, curvature } = there);
      break;
    }
  }
  return asRules(lastDistances, scores);
}

function asRules(lastDistances: readonly number[], scores: Float64Array): { rule: KernelLook; sink: SinkLook } {
  const buckets = lastDistances.length;
  const rounded = (score: number): number => Number(score.toFixed(DECIMALS)) + 0; // + 0 turns -0 into 0
  const end = scores[buckets - 1] as number;
  const steps = lastDistances.map((last, bucket) => [last, rounded((scores[bucket] as number) - end)] as const);
  const distinct = steps.filter(([, score], bucket) => score !== steps[bucket + 1]?.[1]);
  return { rule: kernel(distinct), sink: sink(rounded(scores[buckets] as number)) };
}

/** Cross-entropy between attention and a softmax of scores: one score for each bucket, then the first token's. */
class CrossEntropy {
  /** Number of queries. */
  readonly total: number;
  readonly #bucketOf: Int32Array;
  readonly #queries: readonly number[];
  readonly #mass: readonly number[];
  readonly #ridge: number;

  constructor(bucketOf: Int32Array, buckets: number, queries: readonly number[], mass: readonly number[]) {
    this.#bucketOf = bucketOf;
    this.#queries = queries;
    this.#mass = mass.slice(0, buckets + 1);
    this.total = queries.reduce((sum, count, index) => sum + (index > 0 ? count : 0), 0);
    this.#ridge = RIDGE * Math.max(1, this.total);
  }

  /** Value, gradient and second derivatives (row by row), all with the ridge. */
  at(scores: Float64Array): { value: number; gradient: Float64Array; curvature: Float64Array } {
    const size = scores.length;
    const gradient = scores.map((score, index) => this.#ridge * score - (this.#mass[index] as number));
    const curvature = new Float64Array(size * size);
    let value = 0;
    scores.forEach((score, index) => {
      curvature[index * size + index] = this.#ridge;
      value += score * ((this.#ridge * score) / 2 - (this.#mass[index] as number));
    });
    const keys = new Float64Array(size - 1);
    keys[this.#bucketOf[0] as number] = 1;
    for (let query = 1; query < this.#queries.length; query++) {
      const count = this.#queries[query] as number;
      if (count > 0) value += count * this.#addQuery(scores, keys, query, count, gradient, curvature);
      const bucket = this.#bucketOf[query] as number;
      keys[bucket] = (keys[bucket] as number) + 1; // The next query has one more key that is not the first token.
    }
    return { value, gradient, curvature };
  }

  /** Adds the derivatives of `count` queries with these numbers of keys a bucket; gives the log of the softmax's sum. */
  #addQuery(
    scores: Float64Array,
    keys: Float64Array,
    query: number,
    count: number,
    gradient: Float64Array,
    curvature: Float64Array,
  ): number {
    const size = scores.length;
    const firstBucket = this.#bucketOf[query] as number;
    const firstScore = (scores[firstBucket] as number) + (scores[size - 1] as number);
    let highest = firstScore;
    keys.forEach((number, bucket) => {
      if (number > 0) highest = Math.max(highest, scores[bucket] as number);
    });
    const shares = new Float64Array(size); // Expected attention by bucket, and on the first token.
    const first = Math.exp(firstScore - highest);
    let sum = first;
    keys.forEach((number, bucket) => {
      if (number === 0) return;
      const weight = number * Math.exp((scores[bucket] as number) - highest);
      shares[bucket] = weight;
      sum += weight;
    });
    shares[firstBucket] = (shares[firstBucket] as number) + first;
    shares[size - 1] = first;
    for (let row = 0; row < size; row++) {
      const share = ((shares[row] as number) /= sum);
      gradient[row] = (gradient[row] as number) + count * share;
      curvature[row * size + row] = (curvature[row * size + row] as number) + count * share;
    }
    const both = (count * first) / sum; // A query's attention on the first token counts in its bucket and as the sink.
    for (const place of [firstBucket * size + size - 1, (size - 1) * size + firstBucket]) {
      curvature[place] = (curvature[place] as number) + both;
    }
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const place = row * size + column;
        const product = (shares[row] as number) * (shares[column] as number);
        curvature[place] = (curvature[place] as number) - count * product;
      }
    }
    return highest + Math.log(sum);
  }
}
