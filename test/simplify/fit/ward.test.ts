import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/engine/index.ts";
import { groupsAfter, wardMerges } from "../../../src/simplify/fit/ward.ts";

/** Points with distinct positive weights, drawn at random. */
function drawn(seed: number, count: number, columns: number) {
  const random = createRandom(seed);
  return {
    points: Float32Array.from({ length: count * columns }, () => random() - 0.5),
    weights: Float64Array.from({ length: count }, () => 0.1 + random()),
    columns,
  };
}

/** Squared distances of points from the centres of their groups, each by its weight. */
function within({ points, weights, columns }: ReturnType<typeof drawn>, groups: ArrayLike<number>): number {
  let sum = 0;
  for (const group of new Set(Array.from(groups))) {
    const members = Array.from(weights.keys()).filter((point) => groups[point] === group);
    const total = members.reduce((all, point) => all + weights[point]!, 0);
    for (let column = 0; column < columns; column++) {
      const at = (point: number) => points[point * columns + column]!;
      const mean = members.reduce((all, point) => all + weights[point]! * at(point), 0) / total;
      sum += members.reduce((all, point) => all + weights[point]! * (at(point) - mean) ** 2, 0);
    }
  }
  return sum;
}

/** The pair of groups tried one by one that loses least, until so many are left. */
function greedily(from: ReturnType<typeof drawn>, groups: number): number[] {
  let groupOf = Array.from(from.weights.keys());
  while (new Set(groupOf).size > groups) {
    const present = [...new Set(groupOf)];
    const merged = present.flatMap((one) =>
      present.filter((other) => other > one).map((other) => groupOf.map((group) => (group === other ? one : group))),
    );
    groupOf = merged.reduce((best, next) => (within(from, next) < within(from, best) ? next : best));
  }
  return groupOf;
}

describe("Ward's groups", () => {
  it("are those of trying every pair of groups, each time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 2, max: 12 }), (seed, count) => {
        const from = drawn(seed, count, 3);
        const merges = wardMerges(from.points, from.weights, 3);
        for (let groups = 1; groups <= count; groups++) {
          const found = groupsAfter(merges, count, groups);
          expect(new Set(found).size).toBe(groups);
          expect(within(from, found)).toBeCloseTo(within(from, greedily(from, groups)), 6);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("cost what the distances from centres grow by", () => {
    const from = drawn(3, 40, 5);
    const merges = wardMerges(from.points, from.weights, 5);
    for (const groups of [39, 20, 5, 1]) {
      const cost = merges.slice(0, 40 - groups).reduce((sum, merge) => sum + merge.cost, 0);
      expect(cost).toBeCloseTo(within(from, groupsAfter(merges, 40, groups)), 6);
    }
  });

  it("are numbered in the order of their first points", () => {
    const from = drawn(8, 30, 2);
    const groups = groupsAfter(wardMerges(from.points, from.weights, 2), 30, 7);
    const firsts = [...new Set(groups)];
    expect(firsts).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("take points without weight, and points that are the same", () => {
    const points = Float32Array.from([1, 1, 5, 5, 5, 9]);
    const merges = wardMerges(points, [1, 2, 0, 0, 0, 1], 1);
    expect(merges).toHaveLength(5);
    const groups = groupsAfter(merges, 6, 2);
    expect(groups[0]).toBe(groups[1]);
    expect(groups[5]).not.toBe(groups[0]);
  });
});
