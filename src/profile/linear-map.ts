import type { Machine } from "../runtime/index.ts";
import { factorised } from "./linear-solve.ts";

/** Sums over positions from which the best linear map of features to outputs follows, and how well one does. */
export interface LinearSums {
  readonly positions: number;
  /** Sum of f f^T, with a leading feature of 1 (features x features, row by row). */
  readonly gram: readonly number[];
  /** Sum of o f^T (outputs x features, row by row). */
  readonly cross: readonly number[];
  /** Sum of |o|^2. */
  readonly squares: number;
}

/** Keeps what hardly varies from being relied on. */
const RIDGE = 1e-9;

/** Adds up positions. */
export class LinearSum {
  #positions = 0;
  #squares = 0;
  #gram: number[] = [];
  #cross: number[] = [];

  add(features: ArrayLike<number>, output: Float32Array): void {
    const row = [1, ...Array.from(features)];
    this.#positions++;
    row.forEach((one, at) => {
      row.forEach((other, column) => addAt(this.#gram, at * row.length + column, one * other));
    });
    output.forEach((value, at) => {
      this.#squares += value ** 2;
      row.forEach((one, column) => addAt(this.#cross, at * row.length + column, value * one));
    });
  }

  get sums(): LinearSums {
    return { positions: this.#positions, gram: this.#gram, cross: this.#cross, squares: this.#squares };
  }
}

/** Rows (rows x width) as they are compared where some directions count for more: times a root (width x width), see `squareRoot`. */
export function weighed(machine: Machine, rows: Float32Array, root: ArrayLike<number>): Float32Array {
  const width = Math.sqrt(root.length);
  return machine.scope(() => {
    const output = machine.allocate(rows.length / width, width);
    machine.matmul(machine.store(rows, rows.length / width, width), machine.store(root, width, width), output);
    return machine.values(output).slice();
  });
}

function addAt(sums: number[], index: number, value: number): void {
  sums[index] = (sums[index] ?? 0) + value;
}

/** Sums over all positions of several sums. */
function together(parts: readonly LinearSums[]): LinearSums {
  const added = (of: (part: LinearSums) => readonly number[]): number[] => {
    const total: number[] = [];
    for (const part of parts) of(part).forEach((value, index) => addAt(total, index, value));
    return total;
  };
  return {
    positions: parts.reduce((sum, { positions }) => sum + positions, 0),
    gram: added(({ gram }) => gram),
    cross: added(({ cross }) => cross),
    squares: parts.reduce((sum, { squares }) => sum + squares, 0),
  };
}

/** Squares about the mean, summed over positions; 0 where only rounding varies. */
export function variationOf(parts: readonly LinearSums[]): number {
  const { positions, gram, cross, squares } = together(parts);
  const size = Math.sqrt(gram.length);
  let constant = 0;
  for (let first = 0; first < cross.length; first += size) constant += (cross[first] as number) ** 2 / positions;
  return squares - constant <= 1e-12 * squares ? 0 : squares - constant;
}

/**
 * R^2, on some positions, of the linear map that is best on others: 1 is all of what varies, 0 no more than the mean. 0 where
 * nothing varies.
 */
export function explainedByLinearMap(fit: readonly LinearSums[], judged: readonly LinearSums[]): number {
  const known = together(fit);
  const seen = together(judged);
  const size = Math.sqrt(known.gram.length);
  if (size === 0 || seen.positions === 0) return 0;
  const solve = factorised(
    Float64Array.from(known.gram, (value, index) => value + (index % (size + 1) === 0 ? RIDGE * known.positions : 0)),
  );
  let left = seen.squares;
  for (let first = 0; first < seen.cross.length; first += size) {
    const weights = solve(Float64Array.from(known.cross.slice(first, first + size)));
    weights.forEach((weight, row) => {
      left -= 2 * weight * (seen.cross[first + row] as number);
      weights.forEach((other, column) => (left += weight * other * (seen.gram[row * size + column] as number)));
    });
  }
  const varies = variationOf(judged);
  return varies === 0 ? 0 : 1 - left / varies;
}
