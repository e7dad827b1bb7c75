/**
 * exp of four numbers, within 2 units in the last place from -64 to 64; 0 below, where it is under 2e-28, and e^64
 * above. (Far smaller numbers would be of no use, and would make products that processors handle slowly.)
 * x = n ln 2 + r, so exp x = 2^n exp r, with |r| <= ln 2 / 2 and a polynomial for exp r (coefficients: expf of the
 * Cephes library, Moshier 1992). Every step is one rounded 32-bit operation.
 */
export function exponential(argument: v128): v128 {
  const x = f32x4.max(f32x4.min(argument, f32x4.splat(64)), f32x4.splat(-64));
  // Adding 1.5 * 2^23 leaves no room for a fraction: the sum is rounded to an integer, which its low bits hold.
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  // ln 2 in two parts: the product of n and the first is exact.
  const most = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  const r = f32x4.sub(most, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  const tail = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r);
  // A float's exponent field holds its power of two plus 127, above 23 bits of fraction.
  const power = i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23);
  const result = f32x4.mul(f32x4.add(tail, f32x4.splat(1)), power);
  return v128.andnot(result, f32x4.lt(argument, f32x4.splat(-64)));
}
