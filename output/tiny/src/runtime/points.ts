/** A function of one variable, by rising value: straight between points, level before the first and after the last. */
export type Points = readonly (readonly [value: number, score: number])[];

/** The number that a word is; NaN where it is none. */
export function numberOf(word: string): number {
  return /^-?\d+$/.test(word) ? Number(word) : NaN;
}

/** Straight between points (x, y), level before the first and after the last; 0 where x is no number. */
export function along(points: Points, x: number): number {
  if (Number.isNaN(x)) return 0;
  const after = points.findIndex(([value]) => value >= x);
  const [right, left] = [points[after], points[after - 1]];
  if (!right) return points.at(-1)?.[1] ?? 0;
  if (!left) return right[1];
  return left[1] + ((right[1] - left[1]) * (x - left[0])) / (right[0] - left[0]);
}
