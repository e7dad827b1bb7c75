/** Four 32-bit floats, the unit that the kernels work in. */
export const LANES: usize = 4;
export const FLOAT: usize = 4;
export const VECTOR: usize = LANES * FLOAT;

const buffer: usize = memory.data(16, 16);

/** The first `count` lanes (1 to 3) from memory; the others hold leftovers that the caller must not use. */
export function loadFew(from: usize, count: usize): v128 {
  for (let byte: usize = 0; byte < count * FLOAT; byte += FLOAT) store<f32>(buffer + byte, load<f32>(from + byte));
  return v128.load(buffer);
}

/** Writes the first `count` lanes (1 to 3) and nothing behind them. */
export function storeFew(to: usize, lanes: v128, count: usize): void {
  v128.store(buffer, lanes);
  for (let byte: usize = 0; byte < count * FLOAT; byte += FLOAT) store<f32>(to + byte, load<f32>(buffer + byte));
}
