import type { Random } from "../engine/index.ts";

/** One of a sample, and how probable it was that it would be drawn. */
export interface Drawn {
  readonly index: number;
  /** Above 0, at most 1. */
  readonly probability: number;
}

/** Part of the probability that all share alike, so that nothing that was drawn by a small chance weighs too much. */
const ALIKE = 0.1;

/**
 * Draws so many without putting back, each with a probability in proportion to its size, in order and at even steps
 * (systematic sampling; Madow 1949). What is too large for that is drawn for certain. Sums of y / probability over what was
 * drawn then are unbiased for the sum of y over all. All where there are no more than are wanted.
 *
 * @param sizes not negative
 */
export function systematicSample(sizes: readonly number[], count: number, random: Random): Drawn[] {
  if (sizes.length <= count) return sizes.map((_, index) => ({ index, probability: 1 }));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const weights = sizes.map((size) => (total > 0 ? ((1 - ALIKE) * size) / total : 0) + ALIKE / sizes.length);
  const certain = new Set<number>();
  let factor = 0;
  for (let before = -1; before < certain.size;) {
    before = certain.size;
    const rest = weights.reduce((sum, weight, index) => (certain.has(index) ? sum : sum + weight), 0);
    factor = (count - certain.size) / rest;
    weights.forEach((weight, index) => {
      if (weight * factor >= 1) certain.add(index);
    });
  }
  let reached = random();
  return weights.flatMap((weight, index): Drawn[] => {
    if (certain.has(index)) return [{ index, probability: 1 }];
    const probability = weight * factor;
    reached += probability;
    if (reached < 1) return [];
    reached -= 1;
    return [{ index, probability }];
  });
}
