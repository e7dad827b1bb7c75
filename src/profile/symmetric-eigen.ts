/** Sweeps that are enough for matrices of a few hundred rows. */
const SWEEPS = 50;
const NEGLIGIBLE = 1e-24;

/**
 * Eigenvalues, largest first, and eigenvectors (a column each) of a symmetric matrix (n x n, row by row) by cyclic Jacobi
 * rotations (Golub and Van Loan 2013, 8.5).
 */
export function symmetricEigen(matrix: Float64Array): {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
} {
  const size = Math.sqrt(matrix.length);
  const a = matrix.slice();
  const v = Float64Array.from(matrix, (_, index) => (index % (size + 1) === 0 ? 1 : 0));
  const at = (row: number, column: number): number => a[row * size + column] as number;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    let all = 0;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const square = at(row, column) * at(row, column);
        all += square;
        if (row !== column) off += square;
      }
    }
    if (off <= NEGLIGIBLE * all) break;
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q);
    }
  }
  const order = Array.from({ length: size }, (_, index) => index).sort((one, other) => at(other, other) - at(one, one));
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => {
    for (let row = 0; row < size; row++) vectors[row * size + to] = v[row * size + from] as number;
  });
  return { values: Float64Array.from(order, (index) => at(index, index)), vectors };
}

/** Makes the entry (p, q) of `a` zero, and turns the vectors alike. */
function rotate(a: Float64Array, v: Float64Array, size: number, p: number, q: number): void {
  const apq = a[p * size + q] as number;
  if (apq === 0) return;
  const theta = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const turn = (values: Float64Array, one: number, other: number): void => {
    const [x, y] = [values[one] as number, values[other] as number];
    values[one] = c * x - s * y;
    values[other] = s * x + c * y;
  };
  for (let k = 0; k < size; k++) turn(a, k * size + p, k * size + q);
  for (let k = 0; k < size; k++) turn(a, p * size + k, q * size + k);
  for (let k = 0; k < size; k++) turn(v, k * size + p, k * size + q);
}

/** R with R R = A, for a symmetric A (n x n, row by row) without negative eigenvalues; what rounding makes negative counts as 0. */
export function squareRoot(matrix: Float64Array): Float64Array {
  const size = Math.sqrt(matrix.length);
  const { values, vectors } = symmetricEigen(matrix);
  const root = new Float64Array(matrix.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let index = 0; index < size; index++) {
        sum +=
          (vectors[row * size + index] as number) *
          Math.sqrt(Math.max(0, values[index] as number)) *
          (vectors[column * size + index] as number);
      }
      root[row * size + column] = sum;
    }
  }
  return root;
}
