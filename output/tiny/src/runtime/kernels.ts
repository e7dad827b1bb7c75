/** The arithmetic that a forward pass needs; wasm.ts and plain.ts provide it. */

/** The nonlinearity of an MLP: GPT-2's tanh approximation, the exact Gaussian form, or the rectifier. */
export type Activation = "gelu_new" | "gelu" | "relu";

/**
 * The arithmetic of a forward pass on byte offsets into one memory of 32-bit floats.
 * Two implementations agree bit for bit: WebAssembly SIMD, and the plain loops in `plain.ts`.
 * Every output element is accumulated in a fixed order that depends on neither the number of rows nor on threads.
 */
export interface Kernels {
  /** out (rows x columns) = a (rows x inner) times b (inner x columns); added to `out` when `accumulate` is 1. */
  matmul(a: number, b: number, out: number, rows: number, inner: number, columns: number, accumulate: 0 | 1): void;
  /** out (columns x rows) = a (rows x columns) transposed. */
  transpose(a: number, out: number, rows: number, columns: number): void;
  /** Adds one row (columns) to each of the rows of `out`. */
  addRow(out: number, row: number, rows: number, columns: number): void;
  /** out += a, element by element. */
  add(out: number, a: number, count: number): void;
  /**
   * Each row of x less its mean, over its standard deviation: (x - mean) / sqrt(variance + epsilon).
   * Sums run in 64 bits, left to right (Ba, Kiros and Hinton 2016, without gain and bias).
   */
  normalise(x: number, out: number, rows: number, columns: number, epsilon: number): void;
  /** Multiplies each row of `out` element by element with `gain` (columns), then adds `bias` (columns). */
  gainAndBias(out: number, gain: number, bias: number, rows: number, columns: number): void;
  /**
   * Softmax in place over the columns 0 … firstQuery + row of each row; later columns become 0.
   * The sum runs in 64 bits, left to right.
   */
  softmaxCausal(scores: number, rows: number, columns: number, firstQuery: number): void;
  /** In place: x / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x^3), which equals 0.5 x (1 + tanh u). */
  geluNew(x: number, count: number): void;
  /** In place: 0.5 x (1 + erf(x / sqrt 2)), within 2e-7. */
  gelu(x: number, count: number): void;
  /** In place: max(x, 0). */
  relu(x: number, count: number): void;
}
