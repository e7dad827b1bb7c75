import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StrongestPlaces } from "../../src/profile/strongest-places.ts";

const CLUSTERS = Int32Array.from([0, 0, 1, 2, 3, 3, 4]);
const offers = fc.array(
  fc.record({ value: fc.integer({ min: -5, max: 5 }), document: fc.integer({ min: 0, max: 6 }), time: fc.nat(9) }),
  { maxLength: 30 },
);

describe("StrongestPlaces", () => {
  test("keeps the three strongest of different documents, the earlier offer first among equals", () => {
    fc.assert(
      fc.property(offers, (all) => {
        const places = new StrongestPlaces(2, CLUSTERS);
        for (const offer of all) places.offer(1, offer);
        const seen = new Set<number | undefined>();
        const expected = all
          .map((offer, order) => ({ offer, order }))
          .sort((a, b) => b.offer.value - a.offer.value || a.order - b.order)
          .filter(({ offer }) => !seen.has(CLUSTERS[offer.document]) && seen.add(CLUSTERS[offer.document]))
          .slice(0, 3)
          .map(({ offer }) => offer.value);
        expect(places.of(1).map(({ value }) => value)).toEqual(expected);
        expect(places.of(0)).toEqual([]);
      }),
    );
  });

  test("gives the same whether places are offered at once or in groups that are merged in order", () => {
    fc.assert(
      fc.property(offers, offers, (one, two) => {
        const [together, first, second] = [0, 1, 2].map(() => new StrongestPlaces(1, CLUSTERS)) as [
          StrongestPlaces,
          StrongestPlaces,
          StrongestPlaces,
        ];
        for (const offer of [...one, ...two]) together.offer(0, offer);
        for (const offer of one) first.offer(0, offer);
        for (const offer of two) second.offer(0, offer);
        const merged = new StrongestPlaces(1, CLUSTERS);
        merged.merge(first.table);
        merged.merge(second.table);
        expect(merged.of(0).map(({ value }) => value)).toEqual(together.of(0).map(({ value }) => value));
      }),
    );
  });

  test("tells when a place becomes the first, and keeps its key", () => {
    const places = new StrongestPlaces(1, CLUSTERS);
    expect(places.offer(0, { value: 1, document: 2, time: 3, key: 1 })).toBe(true);
    expect(places.offer(0, { value: 0.5, document: 3, time: 4 })).toBe(false);
    expect(places.offer(0, { value: 2, document: 2, time: 5, key: 4 })).toBe(true);
    expect(places.of(0)).toEqual([
      { value: 2, document: 2, time: 5, key: 4 },
      { value: 0.5, document: 3, time: 4 },
    ]);
  });
});
