/** Most tokens back of each bucket of distances; the last bucket takes everything further back. */
const LAST_DISTANCES = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, Infinity];

/** Distances that share one kernel score. */
export interface DistanceBuckets {
  /** Most tokens back of each bucket but the last, then the most tokens back there is. */
  readonly lastDistances: readonly number[];
  /** The bucket of each distance. */
  readonly bucketOf: Int32Array;
}

/** The buckets of texts of at most this many tokens. */
export function distanceBuckets(length: number): DistanceBuckets {
  const furthest = Math.max(0, length - 1);
  const count = 1 + LAST_DISTANCES.findIndex((last) => last >= furthest);
  const bucketOf = Int32Array.from({ length: furthest + 1 }, (_, distance) =>
    LAST_DISTANCES.findIndex((last) => last >= distance),
  );
  return { lastDistances: [...LAST_DISTANCES.slice(0, count - 1), furthest], bucketOf };
}
