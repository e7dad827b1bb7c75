/** Sums over positions from which an R^2 follows; vectors are (width). */
export interface VarianceSums {
  readonly positions: number;
  readonly written: readonly number[];
  readonly writtenSquares: number;
  readonly error: readonly number[];
  readonly errorSquares: number;
}

/**
 * Adds up how far what a rule writes is from what the original wrote. Each row's mean is left out: layer norm ignores it,
 * and exact passes remove it.
 */
export class VarianceSum {
  #positions = 0;
  #writtenSquares = 0;
  #errorSquares = 0;
  readonly #written: number[] = [];
  readonly #error: number[] = [];

  /** Both are rows of `width`. */
  add(written: Float32Array, simulated: Float32Array, width: number): void {
    for (let first = 0; first < written.length; first += width) {
      const row = centred(written.subarray(first, first + width));
      const error = centred(simulated.subarray(first, first + width)).map((value, index) => value - (row[index] ?? 0));
      this.#positions++;
      this.#writtenSquares += addTo(this.#written, row);
      this.#errorSquares += addTo(this.#error, error);
    }
  }

  get sums(): VarianceSums {
    return {
      positions: this.#positions,
      written: this.#written,
      writtenSquares: this.#writtenSquares,
      error: this.#error,
      errorSquares: this.#errorSquares,
    };
  }
}

/**
 * R^2 relative to the mean, of sums taken together. A constant difference does not count, because exact passes move biases
 * from one place to another. 0 where the original never varies, and where the rule is worse than the mean.
 */
export function explainedVariance(parts: readonly VarianceSums[]): number {
  const positions = parts.reduce((sum, part) => sum + part.positions, 0);
  const total = spread(
    parts.map(({ written, writtenSquares }) => ({ sums: written, squares: writtenSquares })),
    positions,
  );
  const left = spread(
    parts.map(({ error, errorSquares }) => ({ sums: error, squares: errorSquares })),
    positions,
  );
  return total === 0 ? 0 : Math.max(0, 1 - left / total);
}

/** Sum of squared distances from the mean. */
function spread(
  parts: readonly { readonly sums: readonly number[]; readonly squares: number }[],
  positions: number,
): number {
  const sums: number[] = [];
  const squares = parts.reduce((sum, part) => {
    addTo(sums, part.sums);
    return sum + part.squares;
  }, 0);
  if (positions === 0) return 0;
  const spreads = squares - sums.reduce((sum, value) => sum + value * value, 0) / positions;
  // What rounding leaves of a difference of equals.
  return spreads > squares * 1e-12 ? spreads : 0;
}

function centred(row: Float32Array): number[] {
  const values = Array.from(row);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** Adds a row to sums and gives the sum of its squares. */
function addTo(sums: number[], row: readonly number[]): number {
  return row.reduce((squares, value, index) => {
    sums[index] = (sums[index] ?? 0) + value;
    return squares + value * value;
  }, 0);
}
