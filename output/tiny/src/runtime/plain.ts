/** Every kernel as a plain loop: what the WebAssembly computes, to read and to check it against. */
import type { Kernels } from "./kernels.ts";
import { Machine } from "./machine.ts";

/** Rounds to 32 bits: every operation below is rounded, because the WebAssembly kernels compute in 32 bits. */
const f32 = Math.fround;

/**
 * The kernels as plain loops: what the WebAssembly ones compute, bit for bit, and their documentation.
 * They work on byte offsets into the given memory.
 */
export function plainKernels(memory: WebAssembly.Memory): Kernels {
  const floats = (offset: number, count: number) => new Float32Array(memory.buffer, offset, count);

  /** Replaces each number by a function of it. */
  const replaceEach = (offset: number, count: number, change: (value: number) => number) => {
    const values = floats(offset, count);
    for (let i = 0; i < count; i++) values[i] = change(values[i] as number);
  };

  return {
    matmul(aOffset, bOffset, outOffset, rows, inner, columns, accumulate) {
      const a = floats(aOffset, rows * inner);
      const b = floats(bOffset, inner * columns);
      const out = floats(outOffset, rows * columns);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          // Products are added one by one in ascending k, whatever the size of the tiles in WebAssembly.
          let sum = accumulate ? (out[row * columns + column] as number) : 0;
          for (let k = 0; k < inner; k++) {
            const product = f32((a[row * inner + k] as number) * (b[k * columns + column] as number));
            sum = f32(sum + product);
          }
          out[row * columns + column] = sum;
        }
      }
    },

    transpose(aOffset, outOffset, rows, columns) {
      const a = floats(aOffset, rows * columns);
      const out = floats(outOffset, rows * columns);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) out[column * rows + row] = a[row * columns + column] as number;
      }
    },

    addRow(outOffset, rowOffset, rows, columns) {
      const out = floats(outOffset, rows * columns);
      const added = floats(rowOffset, columns);
      for (let i = 0; i < out.length; i++) out[i] = f32((out[i] as number) + (added[i % columns] as number));
    },

    add(outOffset, aOffset, count) {
      const out = floats(outOffset, count);
      const a = floats(aOffset, count);
      for (let i = 0; i < count; i++) out[i] = f32((out[i] as number) + (a[i] as number));
    },

    normalise(xOffset, outOffset, rows, columns, epsilon) {
      for (let row = 0; row < rows; row++) {
        const x = floats(xOffset + row * columns * 4, columns);
        const out = floats(outOffset + row * columns * 4, columns);
        let sum = 0;
        for (const value of x) sum += value;
        const mean = sum / columns;
        let squares = 0;
        for (const value of x) squares += (value - mean) * (value - mean);
        const scale = 1 / Math.sqrt(squares / columns + epsilon);
        for (let i = 0; i < columns; i++) out[i] = f32(((x[i] as number) - mean) * scale);
      }
    },

    gainAndBias(outOffset, gainOffset, biasOffset, rows, columns) {
      const out = floats(outOffset, rows * columns);
      const gain = floats(gainOffset, columns);
      const bias = floats(biasOffset, columns);
      for (let i = 0; i < out.length; i++) {
        const scaled = f32((out[i] as number) * (gain[i % columns] as number));
        out[i] = f32(scaled + (bias[i % columns] as number));
      }
    },

    softmaxCausal(scoresOffset, rows, columns, firstQuery) {
      for (let row = 0; row < rows; row++) {
        const scores = floats(scoresOffset + row * columns * 4, columns);
        const seen = scores.subarray(0, firstQuery + row + 1);
        const highest = seen.reduce((most, score) => Math.max(most, score), -Infinity);
        let sum = 0;
        for (let i = 0; i < seen.length; i++) {
          const power = exponential(f32((seen[i] as number) - highest));
          seen[i] = power;
          sum += power;
        }
        const scale = f32(1 / sum);
        for (let i = 0; i < seen.length; i++) seen[i] = f32((seen[i] as number) * scale);
        scores.fill(0, seen.length);
      }
    },

    geluNew(x, count) {
      replaceEach(x, count, geluNew);
    },
    gelu(x, count) {
      replaceEach(x, count, gelu);
    },
    relu(x, count) {
      replaceEach(x, count, (value) => Math.max(value, 0));
    },
  };
}

/** A machine on the plain kernels: the same results, 50 to 100 times slower, open to a debugger. */
export function createPlainMachine(): Machine {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return new Machine(memory, plainKernels(memory), 0);
}

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);

/**
 * exp x within 2 units in the last place for x from -64 to 64; 0 below, where it is under 2e-28, and e^64 above.
 * x = n ln 2 + r, so exp x = 2^n exp r, with |r| <= ln 2 / 2 and a polynomial for exp r (coefficients: expf of the
 * Cephes library, Moshier 1992).
 */
function exponential(argument: number): number {
  if (argument < -64) return 0;
  const x = Math.min(argument, 64);
  // Adding 1.5 * 2^23 leaves no room for a fraction: the sum is rounded to a whole number.
  const n = f32(f32(f32(x * f32(1.44269504)) + 12582912) - 12582912);
  // ln 2 in two parts: the product of n and the first is exact.
  const most = f32(x - f32(n * f32(0.693359375)));
  const r = f32(most - f32(n * f32(-2.1219444e-4)));
  const p = polynomial(
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.50000001201],
  );
  const powerOfR = f32(f32(f32(p * f32(r * r)) + r) + 1);
  // 2^n: a float's exponent field holds n + 127, above 23 bits of fraction.
  word[0] = (n + 127) << 23;
  return f32(powerOfR * (float[0] as number));
}

function geluNew(x: number): number {
  // -2u = x (-2 sqrt(2/pi) - 2 sqrt(2/pi) 0.044715 x^2)
  const slope = polynomial(f32(x * x), [-0.0713548163, -1.59576912]);
  return f32(x / f32(exponential(f32(x * slope)) + 1));
}

/**
 * max(x, 0) - |x| / 2 erfc z with z = |x| / sqrt 2: erfc z = (a1 t + ... + a5 t^5) exp(-z^2), t = 1 / (1 + 0.3275911 z),
 * within 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
 */
function gelu(x: number): number {
  const z = f32(Math.abs(x) * f32(0.707106781));
  const t = f32(1 / polynomial(z, [0.3275911, 1]));
  const p = polynomial(t, [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]);
  const complement = f32(f32(p * t) * exponential(-f32(z * z)));
  return f32(Math.max(x, 0) - f32(f32(Math.abs(x) * 0.5) * complement));
}

/** Highest power first: ((c0 x + c1) x + c2) x + ..., every step rounded. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, coefficient) => f32(f32(f32(sum) * x) + f32(coefficient)));
}
