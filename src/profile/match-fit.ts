import type { KernelLook, MatchLook, SinkLook } from "../runtime/index.ts";
import type { DistanceBuckets } from "./distance-buckets.ts";
import { solvePositiveDefinite } from "./linear-solve.ts";
import { keyFeatures, LONGEST_MATCH, type KeyCell } from "./match-cells.ts";

const ITERATIONS = 40;
const HALVINGS = 20;
/** Weight of the squared scores, as a share of the queries: bounds the score of a feature that is never attended. */
const RIDGE = 1e-6;
const CONVERGED = 1e-8;
const DECIMALS = 2;

/** How many times the attention that distance alone foresees must lie on repetitions, and which share of it at least. */
const LEAST_LIFT = 2;
const LEAST_SHARE = 0.1;

/** A head's scores by distance, for the first token, and by repetitions. */
export interface MatchScores {
  readonly rule: KernelLook;
  readonly sink: SinkLook;
  readonly matches: readonly MatchLook[];
}

/**
 * The kinds of repetitions that a head attends to beyond what distance alone foresees: 0 for duplicates, 1 for what
 * followed the same token.
 *
 * @param mass attention summed over the queries, by feature
 */
export function attendedMatches(
  buckets: DistanceBuckets,
  queries: readonly (readonly KeyCell[])[],
  mass: Float64Array,
): (0 | 1)[] {
  const features = keyFeatures(buckets.lastDistances.length);
  const byDistance = Array.from({ length: features.first + 1 }, (_, feature) => feature);
  const foreseen = expectedMass(queries, fitScores(queries, mass, byDistance));
  return ([0, 1] as const).filter((keyBack) => {
    const own = Array.from({ length: LONGEST_MATCH }, (_, index) => features.match(keyBack, index + 1));
    const with_ = queries.filter((cells) =>
      cells.some((cell) => cell.features.some((feature) => own.includes(feature))),
    );
    const sum = (of: Float64Array): number => own.reduce((total, feature) => total + (of[feature] as number), 0);
    return sum(mass) >= LEAST_LIFT * sum(foreseen) && sum(mass) >= LEAST_SHARE * with_.length && with_.length > 0;
  });
}

/**
 * Scores whose attention has the least cross-entropy with a head's, under one softmax over distance, first token and
 * repetitions of the given kinds: a convex problem, solved by Newton's method. Scores have two decimals.
 */
export function fitMatches(
  { lastDistances }: DistanceBuckets,
  queries: readonly (readonly KeyCell[])[],
  mass: Float64Array,
  kinds: readonly (0 | 1)[],
): MatchScores {
  const features = keyFeatures(lastDistances.length);
  const lengths = Array.from({ length: LONGEST_MATCH }, (_, index) => index + 1);
  const used = [
    ...Array.from({ length: features.first + 1 }, (_, feature) => feature),
    ...kinds.flatMap((keyBack) => lengths.map((length) => features.match(keyBack, length))),
  ];
  const scores = fitScores(queries, mass, used);
  const end = scores[lastDistances.length - 1] as number;
  const rounded = (score = 0): number => Number(score.toFixed(DECIMALS)) + 0; // + 0 turns -0 into 0
  const steps = lastDistances.map((last, bucket) => [last, rounded((scores[bucket] as number) - end)] as const);
  return {
    rule: { kind: "kernel", steps: steps.filter(([, score], bucket) => score !== steps[bucket + 1]?.[1]) },
    sink: { kind: "sink", score: rounded(scores[features.first]) },
    matches: kinds.map((keyBack) => ({
      kind: "match",
      keyBack,
      scores: withoutRepeats(lengths.map((length) => rounded(scores[features.match(keyBack, length)]))),
    })),
  };
}

/** Scores of long repetitions are left out where they say what the one before them does. */
function withoutRepeats(scores: readonly number[]): number[] {
  const last = scores.findLastIndex((score, index) => index === 0 || score !== scores[index - 1]);
  return scores.slice(0, last + 1);
}

/** Newton's method with halved steps; features that are not used keep the score 0. */
function fitScores(
  queries: readonly (readonly KeyCell[])[],
  mass: Float64Array,
  used: readonly number[],
): Float64Array {
  const ridge = RIDGE * Math.max(1, queries.length);
  const scores = new Float64Array(mass.length);
  let there = derivatives(queries, mass, used, scores, ridge);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const step = solvePositiveDefinite(there.curvature, there.gradient);
    const decrease = step.reduce((sum, change, index) => sum + change * (there.gradient[index] as number), 0);
    if (decrease < CONVERGED * queries.length) break;
    const before = used.map((feature) => scores[feature] as number);
    for (let halving = 0, share = 1; halving < HALVINGS; halving++, share /= 2) {
      used.forEach((feature, index) => (scores[feature] = (before[index] as number) - share * (step[index] as number)));
      const next = derivatives(queries, mass, used, scores, ridge);
      if (next.value > there.value - 0.1 * share * decrease) continue;
      there = next;
      break;
    }
  }
  return scores;
}

/** Cross-entropy with the ridge, its gradient and second derivatives (row by row) for the used features. */
function derivatives(
  queries: readonly (readonly KeyCell[])[],
  mass: Float64Array,
  used: readonly number[],
  scores: Float64Array,
  ridge: number,
): { value: number; gradient: Float64Array; curvature: Float64Array } {
  const size = used.length;
  const placeOf = new Int32Array(scores.length).fill(-1);
  used.forEach((feature, index) => (placeOf[feature] = index));
  const gradient = Float64Array.from(
    used,
    (feature) => ridge * (scores[feature] as number) - (mass[feature] as number),
  );
  const curvature = new Float64Array(size * size);
  let value = 0;
  used.forEach((feature, index) => {
    const score = scores[feature] as number;
    curvature[index * size + index] = ridge;
    value += score * ((ridge * score) / 2 - (mass[feature] as number));
  });
  const shares = new Float64Array(size);
  for (const cells of queries) {
    const { weights, logSum } = softmax(cells, scores);
    value += logSum;
    shares.fill(0);
    cells.forEach(({ features }, cell) => {
      const weight = weights[cell] as number;
      for (const one of features) {
        const row = placeOf[one] as number;
        if (row < 0) continue;
        shares[row] = (shares[row] as number) + weight;
        for (const other of features) {
          const column = placeOf[other] as number;
          if (column >= 0) curvature[row * size + column] = (curvature[row * size + column] as number) + weight;
        }
      }
    });
    for (let row = 0; row < size; row++) {
      const share = shares[row] as number;
      if (share === 0) continue;
      gradient[row] = (gradient[row] as number) + share;
      for (let column = 0; column < size; column++) {
        const place = row * size + column;
        curvature[place] = (curvature[place] as number) - share * (shares[column] as number);
      }
    }
  }
  return { value, gradient, curvature };
}

/** Attention by feature, summed over queries, when heads look by the scores. */
function expectedMass(queries: readonly (readonly KeyCell[])[], scores: Float64Array): Float64Array {
  const mass = new Float64Array(scores.length);
  for (const cells of queries) {
    const { weights } = softmax(cells, scores);
    cells.forEach(({ features }, cell) => {
      for (const feature of features) mass[feature] = (mass[feature] as number) + (weights[cell] as number);
    });
  }
  return mass;
}

/** Attention of one query on each cell, and the log of the softmax's sum. */
function softmax(cells: readonly KeyCell[], scores: Float64Array): { weights: number[]; logSum: number } {
  const logs = cells.map(({ keys, features }) =>
    features.reduce((sum, feature) => sum + (scores[feature] as number), Math.log(keys)),
  );
  const highest = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - highest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { weights: weights.map((weight) => weight / sum), logSum: highest + Math.log(sum) };
}
