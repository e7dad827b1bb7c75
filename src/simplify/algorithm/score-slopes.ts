import type { Curve } from "../../runtime/index.ts";
import type { ScoreLayout } from "./layout.ts";

/** Where slopes are added up: by number, by looks, position and key, and by average and position. */
export interface Slopes {
  readonly gradient: Float64Array;
  readonly byShare: readonly (readonly Float64Array[])[];
  readonly byValue: readonly Float64Array[];
}

/** A score that follows averages at a position. */
export function scoreAt(
  score: ScoreLayout,
  numbers: Float64Array,
  values: readonly (readonly number[])[],
  position: number,
): number {
  let sum = 0;
  for (const term of score) {
    sum +=
      typeof term === "number"
        ? (numbers[term] as number)
        : alongPlaces(term.points, numbers, values[term.average]?.[position] as number);
  }
  return sum;
}

/** Adds the gradient of a score that follows averages at a position. */
export function addScore(
  score: ScoreLayout,
  slope: number,
  numbers: Float64Array,
  values: readonly (readonly number[])[],
  { gradient, byValue }: Slopes,
  position: number,
): void {
  for (const term of score) {
    if (typeof term === "number") gradient[term] = (gradient[term] as number) + slope;
    else {
      const value = values[term.average]?.[position] as number;
      const into = byValue[term.average] as Float64Array;
      addPoints(term.points, value, slope, gradient);
      into[position] = (into[position] as number) + slope * steepness(term.points, numbers, value);
    }
  }
}

/** Index of the first point at or beyond a value; as many as there are points where there is none. */
function pointAfter(points: Curve["points"], value: number): number {
  let after = 0;
  while (after < points.length && (points[after] as readonly [number, number])[0] < value) after++;
  return after;
}

/** `along` of points whose scores are places of numbers. */
export function alongPlaces(points: Curve["points"], numbers: Float64Array, value: number): number {
  const after = pointAfter(points, value);
  const [right, left] = [points[after], points[after - 1]];
  if (!right) return left ? (numbers[left[1]] as number) : 0;
  if (!left) return numbers[right[1]] as number;
  const share = (value - left[0]) / (right[0] - left[0]);
  return (1 - share) * (numbers[left[1]] as number) + share * (numbers[right[1]] as number);
}

export function addPoints(points: Curve["points"], value: number, slope: number, gradient: Float64Array): void {
  const after = pointAfter(points, value);
  const [right, left] = [points[after], points[after - 1]];
  const share = right ? (left ? (value - left[0]) / (right[0] - left[0]) : 1) : 0;
  if (left) gradient[left[1]] = (gradient[left[1]] as number) + (1 - share) * slope;
  if (right) gradient[right[1]] = (gradient[right[1]] as number) + share * slope;
}

/** How steep the line is at a value. */
export function steepness(points: Curve["points"], numbers: Float64Array, value: number): number {
  const after = pointAfter(points, value);
  const [right, left] = [points[after], points[after - 1]];
  if (!right || !left) return 0;
  return ((numbers[right[1]] as number) - (numbers[left[1]] as number)) / (right[0] - left[0]);
}
