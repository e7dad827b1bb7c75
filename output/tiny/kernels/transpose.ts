import { FLOAT } from "./lanes";

/** out (columns x rows) = a (rows x columns) transposed: squares of 4 x 4 in registers, the edges one by one. */
export function transpose(a: usize, out: usize, rows: usize, columns: usize): void {
  const wholeColumns = columns & ~3;
  for (let row: usize = 0; row < rows; row += 4) {
    if (row + 4 > rows) {
      transposeOneByOne(a, out, rows, columns, row, rows, 0);
      return;
    }
    for (let column: usize = 0; column < wholeColumns; column += 4) {
      const from = a + (row * columns + column) * FLOAT;
      transposeSquare(from, columns * FLOAT, out + (column * rows + row) * FLOAT, rows * FLOAT);
    }
    transposeOneByOne(a, out, rows, columns, row, row + 4, wholeColumns);
  }
}

function transposeOneByOne(
  a: usize,
  out: usize,
  rows: usize,
  columns: usize,
  firstRow: usize,
  endRow: usize,
  firstColumn: usize,
): void {
  for (let row = firstRow; row < endRow; row++) {
    for (let column = firstColumn; column < columns; column++) {
      store<f32>(out + (column * rows + row) * FLOAT, load<f32>(a + (row * columns + column) * FLOAT));
    }
  }
}

/** A square of 4 x 4 floats; strides in bytes. */
function transposeSquare(from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const row0 = v128.load(from);
  const row1 = v128.load(from + fromStride);
  const row2 = v128.load(from + 2 * fromStride);
  const row3 = v128.load(from + 3 * fromStride);
  const left01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5);
  const left23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5);
  const right01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7);
  const right23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(left01, left23, 0, 1, 4, 5));
  v128.store(to + toStride, v128.shuffle<f32>(left01, left23, 2, 3, 6, 7));
  v128.store(to + 2 * toStride, v128.shuffle<f32>(right01, right23, 0, 1, 4, 5));
  v128.store(to + 3 * toStride, v128.shuffle<f32>(right01, right23, 2, 3, 6, 7));
}
