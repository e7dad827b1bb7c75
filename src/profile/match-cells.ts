import { matchLength } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { firstTokens } from "./corpus.ts";
import type { DistanceBuckets } from "./distance-buckets.ts";

/** Longest repetition that has a score of its own. */
export const LONGEST_MATCH = 3;

/** Calibration tokens that match scores are fitted on. */
const MATCH_TOKENS = 4000;

/** The first calibration documents: attention on repetitions is measured and fitted there. */
export function matchDocuments(documents: readonly TokenDocument[]): readonly TokenDocument[] {
  return firstTokens(documents, MATCH_TOKENS);
}

/**
 * Features of a key by their numbers: the bucket of its distance, then whether it is the first token, then the length of
 * the repetition as a duplicate, then that as an induction; the last two only where something repeats.
 */
export interface KeyFeatures {
  readonly count: number;
  readonly first: number;
  /** Number of the feature of a repetition of so many tokens, from 1 on. */
  readonly match: (keyBack: 0 | 1, length: number) => number;
}

/** @param buckets number of buckets of distances */
export function keyFeatures(buckets: number): KeyFeatures {
  return {
    count: buckets + 1 + 2 * LONGEST_MATCH,
    first: buckets,
    match: (keyBack, length) => buckets + keyBack * LONGEST_MATCH + length,
  };
}

/** Keys of one query that have the same features. */
export interface KeyCell {
  keys: number;
  readonly features: readonly number[];
}

/** Calls back for every key up to a query with its features. */
export function eachKey(
  tokens: readonly number[],
  query: number,
  { bucketOf, lastDistances }: DistanceBuckets,
  visit: (key: number, features: readonly number[]) => void,
): void {
  const features = keyFeatures(lastDistances.length);
  for (let key = 0; key <= query; key++) {
    const own = [bucketOf[query - key] as number];
    if (key === 0) own.push(features.first);
    for (const keyBack of [0, 1] as const) {
      const length = key < keyBack ? 0 : matchLength(tokens, query, key, keyBack, LONGEST_MATCH);
      if (length > 0) own.push(features.match(keyBack, length));
    }
    visit(key, own);
  }
}

/** The keys of every query of the documents, by their features; the first query of each has no choice and is left out. */
export function matchCells(documents: readonly TokenDocument[], buckets: DistanceBuckets): KeyCell[][] {
  return documents.flatMap(({ tokens }) =>
    tokens.slice(1).map((_, before) => {
      const cells = new Map<string, KeyCell>();
      eachKey(tokens, before + 1, buckets, (_key, features) => {
        const name = features.join();
        const known = cells.get(name);
        if (known) known.keys++;
        else cells.set(name, { keys: 1, features });
      });
      return [...cells.values()];
    }),
  );
}
