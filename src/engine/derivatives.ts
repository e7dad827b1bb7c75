import type { Activation } from "../runtime/index.ts";

/**
 * Adds to `into` the gradient at a layer norm's input, given the one at its output (rows x columns, both):
 * (dy' - mean(dy') - y mean(dy' y)) / deviation with dy' = gain dy (Ba, Kiros and Hinton 2016).
 * The gradient of the gain, the sum of dy y over rows, is added to `atGain` (columns).
 */
export function addNormGradient(
  into: Float32Array,
  input: Float32Array,
  gradient: Float32Array,
  columns: number,
  epsilon: number,
  gain?: Float32Array,
  atGain?: Float32Array,
): void {
  const scaled = new Float64Array(columns);
  const normal = new Float64Array(columns);
  for (let start = 0; start < input.length; start += columns) {
    const inverse = normalRow(normal, input, start, epsilon);
    for (let column = 0; column < columns; column++) scaled[column] = gradient[start + column] as number;
    if (atGain) addProducts(atGain, scaled, normal);
    if (gain)
      for (let column = 0; column < columns; column++)
        scaled[column] = (scaled[column] as number) * (gain[column] as number);
    let mean = 0;
    let along = 0;
    for (let column = 0; column < columns; column++) {
      const value = scaled[column] as number;
      mean += value;
      along += value * (normal[column] as number);
    }
    mean /= columns;
    along /= columns;
    for (let column = 0; column < columns; column++) {
      const change = (scaled[column] as number) - mean - (normal[column] as number) * along;
      into[start + column] = (into[start + column] as number) + change * inverse;
    }
  }
}

function addProducts(into: Float32Array, a: Float64Array, b: Float64Array): void {
  for (let index = 0; index < into.length; index++) {
    into[index] = (into[index] as number) + (a[index] as number) * (b[index] as number);
  }
}

/** Fills `normal` with the normed row that begins at `start`; gives one over its deviation. */
function normalRow(normal: Float64Array, input: Float32Array, start: number, epsilon: number): number {
  const columns = normal.length;
  let mean = 0;
  for (let column = 0; column < columns; column++) mean += input[start + column] as number;
  mean /= columns;
  let variance = 0;
  for (let column = 0; column < columns; column++) {
    const deviation = (input[start + column] as number) - mean;
    variance += deviation * deviation;
  }
  const inverse = 1 / Math.sqrt(variance / columns + epsilon);
  for (let column = 0; column < columns; column++) {
    normal[column] = ((input[start + column] as number) - mean) * inverse;
  }
  return inverse;
}

/**
 * Turns the gradient at a causal attention pattern into the one at its scores, in place:
 * row by row, pattern * (gradient - sum(pattern * gradient)). Both are (time, time).
 */
export function patternToScoreGradient(gradient: Float32Array, pattern: Float32Array, time: number): void {
  for (let row = 0; row < time; row++) {
    const start = row * time;
    let expected = 0;
    for (let column = start; column <= start + row; column++) {
      expected += (pattern[column] as number) * (gradient[column] as number);
    }
    for (let column = start; column <= start + row; column++) {
      gradient[column] = (pattern[column] as number) * ((gradient[column] as number) - expected);
    }
    gradient.fill(0, start + row + 1, start + time);
  }
}

/**
 * Turns the gradient at activations into the one before the nonlinearity, in place. `before` is its input and `after` its
 * output: both forms of GELU are the input times a share, which the two tell without computing it again.
 */
export function activationToInputGradient(
  gradient: Float32Array,
  before: Float32Array,
  after: Float32Array,
  activation: Activation,
): void {
  if (activation === "relu") {
    for (let index = 0; index < gradient.length; index++) if ((before[index] as number) <= 0) gradient[index] = 0;
    return;
  }
  // A loop of its own for each: calling through a variable costs more than the arithmetic.
  if (activation === "gelu_new") {
    for (let index = 0; index < gradient.length; index++) {
      const x = before[index] as number;
      const output = after[index] as number;
      const share = x === 0 ? 0.5 : output / x;
      // Of x s(2u), u = sqrt(2/pi) (x + 0.044715 x^3), s the logistic function: s + x s (1 - s) (2u)'.
      const slope = share + output * (1 - share) * (GELU_NEW_SLOPE + GELU_NEW_CURVE * x * x);
      gradient[index] = (gradient[index] as number) * slope;
    }
    return;
  }
  for (let index = 0; index < gradient.length; index++) {
    const x = before[index] as number;
    const share = x === 0 ? 0.5 : (after[index] as number) / x;
    // Of x P(x), P the standard normal distribution: P(x) + x p(x).
    const slope = share + x * NORMAL_PEAK * Math.exp((-x * x) / 2);
    gradient[index] = (gradient[index] as number) * slope;
  }
}

/** 2 sqrt(2/pi), and three times 0.044715 of it. */
const GELU_NEW_SLOPE = 2 * Math.sqrt(2 / Math.PI);
const GELU_NEW_CURVE = 3 * 0.044715 * GELU_NEW_SLOPE;

/** The standard normal density at 0. */
const NORMAL_PEAK = 1 / Math.sqrt(2 * Math.PI);
