/** Solves A x = b for one right side after the other. */
export type Solve = (right: Float64Array) => Float64Array;

/**
 * Factorises a positive definite A (n x n, row by row) by Cholesky's method (Golub and Van Loan 2013, 4.2). Rounding can
 * make a nearly singular A indefinite: such a direction is left alone.
 */
export function factorised(matrix: Float64Array): Solve {
  const size = Math.sqrt(matrix.length);
  const factor = matrix.slice();
  const at = (row: number, column: number): number => factor[row * size + column] as number;
  for (let column = 0; column < size; column++) {
    for (let row = column; row < size; row++) {
      let sum = at(row, column);
      for (let index = 0; index < column; index++) sum -= at(row, index) * at(column, index);
      if (row === column) factor[row * size + column] = sum > 0 ? Math.sqrt(sum) : Infinity;
      else factor[row * size + column] = sum / at(column, column);
    }
  }
  return (right) => {
    const solution = right.slice();
    for (let row = 0; row < size; row++) {
      let sum = solution[row] as number;
      for (let index = 0; index < row; index++) sum -= at(row, index) * (solution[index] as number);
      solution[row] = sum / at(row, row);
    }
    for (let row = size - 1; row >= 0; row--) {
      let sum = solution[row] as number;
      for (let index = row + 1; index < size; index++) sum -= at(index, row) * (solution[index] as number);
      solution[row] = sum / at(row, row);
    }
    return solution;
  };
}

/** Solves A x = b for a positive definite A (n x n, row by row); see `factorised`. */
export function solvePositiveDefinite(matrix: Float64Array, right: Float64Array): Float64Array {
  return factorised(matrix)(right);
}
