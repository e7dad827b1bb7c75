import type { HeadPlace } from "../../ir/index.ts";
import { factorised, type Observation } from "../../profile/index.ts";
import { spread } from "./spread.ts";

/** One position that attends, and where to. */
export interface Attending {
  readonly tokens: readonly number[];
  /** Position index of the first token. */
  readonly first: number;
  /** Index of the position. */
  readonly query: number;
  /** The share of each token so far. */
  readonly pattern: ArrayLike<number>;
}

/** Where a head attends, at about as many of the positions as asked for at most. */
export function attendingOf(
  { block, head }: HeadPlace,
  observations: readonly Observation[],
  most: number,
): readonly Attending[] {
  return spread(observations, most).map(({ document: { tokens, position: first }, position: query, heads }) => {
    return { tokens, first, query, pattern: heads[block]?.[head]?.pattern ?? [] };
  });
}

/** Names the features that add up to the score of a key, as a query sees it, each with how much of it there is. */
export type Features = (from: Attending, key: number) => readonly (readonly [name: string, amount: number])[];

/** A feature by its index, and how much of it there is. */
type Amount = readonly [feature: number, amount: number];

const STEPS = 40;
/** Keeps scores that nothing decides near 0. */
const RIDGE = 1e-6;
/** A step that gains less than this, in nats a query, is the last. */
const SETTLED = 1e-9;

/**
 * The scores whose softmax comes nearest to attention patterns, KL(pattern || softmax) summed over queries: a convex problem,
 * solved by Newton's method with step halving (Boyd and Vandenberghe 2004, 9.5).
 */
export function fittedScores(queries: readonly Attending[], features: Features): Map<string, number> {
  const indices = new Map<string, number>();
  const rows = queries.map((query) =>
    Array.from({ length: query.query + 1 }, (_, key) =>
      features(query, key).map(([name, amount]): Amount => {
        const index = indices.get(name) ?? indices.size;
        indices.set(name, index);
        return [index, amount];
      }),
    ),
  );
  const size = indices.size;
  let scores = new Float64Array(size);
  let loss = lossOf(queries, rows, scores);
  for (let step = 0; step < STEPS; step++) {
    const { gradient, hessian } = derivatives(queries, rows, scores);
    const direction = factorised(hessian)(gradient);
    let moved = false;
    for (let scale = 1; scale > 1e-4; scale /= 2) {
      const next = scores.map((score, index) => score - scale * (direction[index] as number));
      const nextLoss = lossOf(queries, rows, next);
      if (!(nextLoss < loss)) continue;
      moved = loss - nextLoss > SETTLED * queries.length;
      [scores, loss] = [next, nextLoss];
      break;
    }
    if (!moved) break;
  }
  return new Map([...indices].map(([name, index]) => [name, scores[index] as number]));
}

/** KL(pattern || softmax of the scores) a query, in nats. */
export function patternLoss(
  queries: readonly Attending[],
  features: Features,
  scores: ReadonlyMap<string, number>,
): number {
  let loss = 0;
  for (const query of queries) {
    const names = Array.from({ length: query.query + 1 }, (_, key) => features(query, key));
    const own = names.map((row) => row.reduce((sum, [name, amount]) => sum + amount * (scores.get(name) ?? 0), 0));
    const highest = Math.max(...own);
    const total = own.reduce((sum, score) => sum + Math.exp(score - highest), 0);
    own.forEach((score, key) => {
      const share = query.pattern[key] as number;
      if (share > 0) loss += share * (Math.log(share) - (score - highest - Math.log(total)));
    });
  }
  return loss / queries.length;
}

function softmaxOf(row: readonly (readonly Amount[])[], scores: Float64Array): Float64Array {
  const own = Float64Array.from(row, (features) =>
    features.reduce((sum, [feature, amount]) => sum + amount * (scores[feature] as number), 0),
  );
  const highest = own.reduce((most, score) => Math.max(most, score), -Infinity);
  const weights = own.map((score) => Math.exp(score - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function lossOf(
  queries: readonly Attending[],
  rows: readonly (readonly (readonly Amount[])[])[],
  scores: Float64Array,
): number {
  let loss = RIDGE * queries.length * scores.reduce((sum, score) => sum + score * score, 0) * 0.5;
  queries.forEach(({ pattern }, index) => {
    const shares = softmaxOf(rows[index] ?? [], scores);
    shares.forEach((share, key) => (loss -= (pattern[key] as number) * Math.log(Math.max(share, 1e-300))));
  });
  return loss;
}

function derivatives(
  queries: readonly Attending[],
  rows: readonly (readonly (readonly Amount[])[])[],
  scores: Float64Array,
): { gradient: Float64Array; hessian: Float64Array } {
  const size = scores.length;
  const ridge = RIDGE * queries.length;
  const gradient = scores.map((score) => ridge * score);
  const hessian = new Float64Array(size * size);
  for (let index = 0; index < size; index++) hessian[index * size + index] = ridge;
  queries.forEach(({ pattern }, index) => {
    const row = rows[index] ?? [];
    const shares = softmaxOf(row, scores);
    /** What the query expects of each feature. */
    const expected = new Map<number, number>();
    row.forEach((features, key) => {
      const share = shares[key] as number;
      for (const [one, amount] of features) {
        gradient[one] = (gradient[one] as number) + amount * (share - (pattern[key] as number));
        expected.set(one, (expected.get(one) ?? 0) + amount * share);
        for (const [other, times] of features) {
          hessian[one * size + other] = (hessian[one * size + other] as number) + amount * times * share;
        }
      }
    });
    for (const [one, first] of expected) {
      for (const [other, second] of expected) {
        hessian[one * size + other] = (hessian[one * size + other] as number) - first * second;
      }
    }
  });
  return { gradient, hessian };
}
