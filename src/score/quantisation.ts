/** Bits of a row's scale, and most bits of each value of a vector. */
const SCALE_BITS = 16;
const VECTOR_BITS = 16;

/** Levels of what is called lossless here: finer than that, 32-bit sums round more than the weights do. */
export const MOST_LEVELS = 2 ** 15;

/** A block of numbers: (rows, columns), or a vector. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Whether plain per-row quantisation rounds these values; vectors are kept at 16 bits instead. */
export function isMatrix(shape: readonly number[]): boolean {
  return shape.length > 1;
}

/** The matrix with every row rounded to multiples of (its largest magnitude / levels); `levels` may be a fraction. */
export function quantised({ shape, values }: Values, levels: number): Float32Array {
  const rounded = new Float32Array(values.length);
  for (const [first, end, step] of rowsOf(shape, values, levels)) {
    for (let index = first; index < end; index++) rounded[index] = symbolOf(values[index] as number, step) * step;
  }
  return rounded;
}

/**
 * Bits of these values at so many levels: a scale a row, and each symbol as its magnitude class (0, 1, 2-3, 4-7, …) at the
 * tensor's own entropy of classes, then its sign and its place in the class in plain bits (as JPEG codes coefficients).
 * Few classes keep small tensors from looking cheaper than they are, as a histogram of every symbol would.
 */
export function quantisedBits({ shape, values }: Values, levels: number): number {
  if (!isMatrix(shape)) return values.length * vectorBits(values);
  const classes: number[] = [];
  let bits = 0;
  for (const [first, end, step] of rowsOf(shape, values, levels)) {
    bits += SCALE_BITS;
    for (let index = first; index < end; index++) {
      const size = 32 - Math.clz32(Math.abs(symbolOf(values[index] as number, step)));
      classes[size] = (classes[size] ?? 0) + 1;
      bits += size;
    }
  }
  return bits + entropyBits(classes, values.length);
}

/** A partition, which names a class or a row for each token, needs no more bits a value than its largest number. */
function vectorBits(values: Float32Array): number {
  const isWhole = values.every((value) => Number.isInteger(value) && value >= 0);
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return isWhole ? Math.min(VECTOR_BITS, Math.ceil(Math.log2(largest + 1))) : VECTOR_BITS;
}

function symbolOf(value: number, step: number): number {
  return step === 0 ? 0 : Math.round(value / step);
}

function* rowsOf(
  shape: readonly number[],
  values: Float32Array,
  levels: number,
): Generator<[first: number, end: number, step: number]> {
  const columns = shape[shape.length - 1] ?? 1;
  for (let first = 0; first < values.length; first += columns) {
    let largest = 0;
    for (let index = first; index < first + columns; index++)
      largest = Math.max(largest, Math.abs(values[index] as number));
    yield [first, first + columns, largest / levels];
  }
}

/** Bits of a list of `total` symbols with these counts, at their entropy. */
function entropyBits(counts: readonly number[], total: number): number {
  return counts.reduce((bits, count) => (count > 0 ? bits - count * Math.log2(count / total) : bits), 0);
}
