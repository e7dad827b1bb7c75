import { FLOAT } from "./lanes";

/** Each row of x less its mean, over its standard deviation; sums in 64 bits, left to right. */
export function normalise(x: usize, out: usize, rows: usize, columns: usize, epsilon: f64): void {
  const bytes = columns * FLOAT;
  for (let row: usize = 0; row < rows; row++, x += bytes, out += bytes) {
    let sum: f64 = 0;
    for (let at: usize = 0; at < bytes; at += FLOAT) sum += <f64>load<f32>(x + at);
    const mean = sum / <f64>columns;
    let squares: f64 = 0;
    for (let at: usize = 0; at < bytes; at += FLOAT) {
      const distance = <f64>load<f32>(x + at) - mean;
      squares += distance * distance;
    }
    const scale = 1 / Math.sqrt(squares / <f64>columns + epsilon);
    for (let at: usize = 0; at < bytes; at += FLOAT) {
      store<f32>(out + at, <f32>((<f64>load<f32>(x + at) - mean) * scale));
    }
  }
}
