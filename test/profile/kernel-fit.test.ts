import { describe, expect, test } from "vitest";
import { distanceBuckets } from "../../src/profile/distance-buckets.ts";
import { fitKernel } from "../../src/profile/kernel-fit.ts";
import { attentionPattern, createPlainMachine, kernel, sink, type KernelLook } from "../../src/runtime/index.ts";

const LENGTH = 40;
const QUERIES = Array.from({ length: LENGTH }, () => 3);

describe("fitKernel", () => {
  test("finds the kernel and the sink that made the attention", () => {
    const planted = kernel([
      [0, 1.2],
      [1, 3],
      [2, -0.5],
      [4, 0.8],
      [12, 0.3],
      [24, -1],
      [39, 0],
    ]);
    const found = fitKernel(distanceBuckets(LENGTH), QUERIES, attentionOf(planted, 2.5));
    // Scores are rounded to two decimals, and the attention itself to 32 bits.
    expect(Math.abs(found.sink.score - 2.5)).toBeLessThan(0.02);
    for (let distance = 0; distance < LENGTH; distance++) {
      expect(Math.abs(scoreAt(found.rule, distance) - scoreAt(planted, distance)), `${distance}`).toBeLessThan(0.02);
    }
  });

  test("writes neighbouring distances with the same score as one step", () => {
    const { rule } = fitKernel(
      distanceBuckets(LENGTH),
      QUERIES,
      attentionOf(
        kernel([
          [8, 1.5],
          [39, 0],
        ]),
        0,
      ),
    );
    expect(rule.steps).toEqual([
      [8, 1.5],
      [39, 0],
    ]);
  });

  test("bounds the score of distances that are never attended", () => {
    const { byDistance, first } = attentionOf(
      kernel([
        [1, 60],
        [39, 0],
      ]),
      0,
    );
    const { rule, sink: found } = fitKernel(distanceBuckets(LENGTH), QUERIES, { byDistance, first });
    for (const score of [...rule.steps.map((step) => step[1]), found.score]) expect(Math.abs(score)).toBeLessThan(40);
    expect(scoreAt(rule, 0) - scoreAt(rule, 20)).toBeGreaterThan(8);
  });

  test("has one step and no preference for texts of a single token", () => {
    const found = fitKernel(distanceBuckets(1), [5], { byDistance: [0], first: 0 });
    expect(found).toEqual({ rule: kernel([[0, 0]]), sink: sink(0) });
  });
});

/** Attention of 3 texts of LENGTH tokens under a kernel and a sink, as the statistics add it up. */
function attentionOf(rule: KernelLook, sinkScore: number): { byDistance: number[]; first: number } {
  const machine = createPlainMachine();
  const looks = [rule, sink(sinkScore)];
  const text = { tokens: new Array<number>(LENGTH).fill(0), past: 0 };
  const pattern = machine.values(attentionPattern(machine, looks, machine.allocate(LENGTH, 4), text));
  const { lastDistances, bucketOf } = distanceBuckets(LENGTH);
  const byDistance = lastDistances.map(() => 0);
  let first = 0;
  for (let query = 1; query < LENGTH; query++) {
    for (let key = 0; key <= query; key++) {
      const bucket = bucketOf[query - key] ?? 0;
      byDistance[bucket] = (byDistance[bucket] ?? 0) + 3 * (pattern[query * LENGTH + key] ?? 0);
    }
    first += 3 * (pattern[query * LENGTH] ?? 0);
  }
  return { byDistance, first };
}

const scoreAt = ({ steps }: KernelLook, distance: number): number =>
  (steps.find(([last]) => distance <= last) ?? steps.at(-1) ?? [0, 0])[1];
