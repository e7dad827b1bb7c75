import type { ParameterLayout } from "../../ir/index.ts";

/** Numbers that are trained, with the running means of their gradients and of the gradients' squares. */
export interface Moments {
  readonly values: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;
const EPSILON = 1e-8;

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1), in place.
 *
 * @param step counts from 1
 * @param rates learning rate of each of the layout's parameters
 */
export function adamStep(
  { values, first, second }: Moments,
  gradient: Float32Array,
  step: number,
  { parameters }: ParameterLayout,
  rates: readonly number[],
): void {
  const firstScale = 1 / (1 - FIRST_DECAY ** step);
  const secondScale = 1 / (1 - SECOND_DECAY ** step);
  parameters.forEach(({ offset, length }, parameter) => {
    const rate = (rates[parameter] as number) * firstScale;
    for (let index = offset; index < offset + length; index++) {
      const slope = gradient[index] as number;
      const mean = FIRST_DECAY * (first[index] as number) + (1 - FIRST_DECAY) * slope;
      const square = SECOND_DECAY * (second[index] as number) + (1 - SECOND_DECAY) * slope * slope;
      first[index] = mean;
      second[index] = square;
      values[index] = (values[index] as number) - (rate * mean) / (Math.sqrt(square * secondScale) + EPSILON);
    }
  });
}

/** Scales a gradient down, in place, where its norm is above `most`. */
export function clipByNorm(gradient: Float32Array, most: number): void {
  let squares = 0;
  for (let index = 0; index < gradient.length; index++) squares += (gradient[index] as number) ** 2;
  const norm = Math.sqrt(squares);
  if (norm <= most) return;
  const scale = most / norm;
  for (let index = 0; index < gradient.length; index++) gradient[index] = (gradient[index] as number) * scale;
}

/** Share of the full learning rate at a step (from 1): a linear rise, then half a cosine down to a tenth. */
export function scheduleAt(step: number, steps: number, warmUp: number): number {
  if (step <= warmUp) return step / warmUp;
  const done = (step - warmUp) / Math.max(1, steps - warmUp);
  return LAST_SHARE + ((1 - LAST_SHARE) * (1 + Math.cos(Math.PI * done))) / 2;
}

const LAST_SHARE = 0.1;
