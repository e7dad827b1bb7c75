import { exponential } from "./exponential";
import { FLOAT, loadFew, storeFew, VECTOR } from "./lanes";

/** In place: x / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x^3). */
export function geluNew(x: usize, count: usize): void {
  const end = x + count * FLOAT;
  for (; x + VECTOR <= end; x += VECTOR) v128.store(x, geluNewOf(v128.load(x)));
  const left = (end - x) / FLOAT;
  if (left > 0) storeFew(x, geluNewOf(loadFew(x, left)), left);
}

function geluNewOf(x: v128): v128 {
  // -2u = x (-2 sqrt(2/pi) - 2 sqrt(2/pi) 0.044715 x^2)
  const square = f32x4.mul(x, x);
  const slope = f32x4.add(f32x4.mul(square, f32x4.splat(-0.0713548163)), f32x4.splat(-1.59576912));
  const power = exponential(f32x4.mul(x, slope));
  return f32x4.div(x, f32x4.add(power, f32x4.splat(1)));
}

/** In place: 0.5 x (1 + erf(x / sqrt 2)). */
export function gelu(x: usize, count: usize): void {
  const end = x + count * FLOAT;
  for (; x + VECTOR <= end; x += VECTOR) v128.store(x, geluOf(v128.load(x)));
  const left = (end - x) / FLOAT;
  if (left > 0) storeFew(x, geluOf(loadFew(x, left)), left);
}

/**
 * With z = |x| / sqrt 2, the chance of a larger standard normal value is half of erfc z = (a1 t + ... + a5 t^5)
 * exp(-z^2), t = 1 / (1 + 0.3275911 z), within 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
 */
function geluOf(x: v128): v128 {
  const z = f32x4.mul(f32x4.abs(x), f32x4.splat(0.707106781));
  const t = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.mul(z, f32x4.splat(0.3275911)), f32x4.splat(1)));
  let p = f32x4.splat(1.061405429);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.453152027));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.421413741));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.284496736));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.254829592));
  const complement = f32x4.mul(f32x4.mul(p, t), exponential(f32x4.neg(f32x4.mul(z, z))));
  // max(x, 0) - |x| / 2 erfc z
  const outside = f32x4.mul(f32x4.mul(f32x4.abs(x), f32x4.splat(0.5)), complement);
  return f32x4.sub(f32x4.max(x, f32x4.splat(0)), outside);
}

/** In place: max(x, 0). */
export function relu(x: usize, count: usize): void {
  const zero = f32x4.splat(0);
  const end = x + count * FLOAT;
  for (; x + VECTOR <= end; x += VECTOR) v128.store(x, f32x4.max(v128.load(x), zero));
  const left = (end - x) / FLOAT;
  if (left > 0) storeFew(x, f32x4.max(loadFew(x, left), zero), left);
}
