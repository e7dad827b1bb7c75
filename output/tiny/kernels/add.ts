import { FLOAT, VECTOR } from "./lanes";

/** out += a, element by element. */
export function add(out: usize, a: usize, count: usize): void {
  const bytes = count * FLOAT;
  let at: usize = 0;
  for (; at + VECTOR <= bytes; at += VECTOR) v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(a + at)));
  for (; at < bytes; at += FLOAT) store<f32>(out + at, load<f32>(out + at) + load<f32>(a + at));
}

/** Adds one row (columns) to each of the rows of `out`. */
export function addRow(out: usize, row: usize, rows: usize, columns: usize): void {
  for (let index: usize = 0; index < rows; index++) add(out + index * columns * FLOAT, row, columns);
}

/** Multiplies each row of `out` element by element with `gain` (columns), then adds `bias` (columns). */
export function gainAndBias(out: usize, gain: usize, bias: usize, rows: usize, columns: usize): void {
  const bytes = columns * FLOAT;
  for (let index: usize = 0; index < rows; index++, out += bytes) {
    let at: usize = 0;
    for (; at + VECTOR <= bytes; at += VECTOR) {
      const scaled = f32x4.mul(v128.load(out + at), v128.load(gain + at));
      v128.store(out + at, f32x4.add(scaled, v128.load(bias + at)));
    }
    for (; at < bytes; at += FLOAT) {
      store<f32>(out + at, load<f32>(out + at) * load<f32>(gain + at) + load<f32>(bias + at));
    }
  }
}
