import { exponential } from "./exponential";
import { FLOAT, LANES, loadFew, storeFew, VECTOR } from "./lanes";

/** Softmax in place over the columns 0 ... firstQuery + row of each row; later columns become 0. */
export function softmaxCausal(scores: usize, rows: usize, columns: usize, firstQuery: usize): void {
  for (let row: usize = 0; row < rows; row++, scores += columns * FLOAT) {
    const seen = min<usize>(firstQuery + row + 1, columns);
    softmax(scores, seen);
    memory.fill(scores + seen * FLOAT, 0, (columns - seen) * FLOAT);
  }
}

function softmax(scores: usize, count: usize): void {
  if (count === 0) return;
  const end = scores + count * FLOAT;
  const whole = scores + (count / LANES) * VECTOR;
  const left = count % LANES;
  const highest = f32x4.splat(maximum(scores, end));

  let sum: f64 = 0;
  for (let at = scores; at < whole; at += VECTOR) {
    const power = exponential(f32x4.sub(v128.load(at), highest));
    v128.store(at, power);
    sum += <f64>f32x4.extract_lane(power, 0);
    sum += <f64>f32x4.extract_lane(power, 1);
    sum += <f64>f32x4.extract_lane(power, 2);
    sum += <f64>f32x4.extract_lane(power, 3);
  }
  if (left > 0) storeFew(whole, exponential(f32x4.sub(loadFew(whole, left), highest)), left);
  for (let at = whole; at < end; at += FLOAT) sum += <f64>load<f32>(at);

  const scale = <f32>(1 / sum);
  for (let at = scores; at < whole; at += VECTOR) v128.store(at, f32x4.mul(v128.load(at), f32x4.splat(scale)));
  for (let at = whole; at < end; at += FLOAT) store<f32>(at, load<f32>(at) * scale);
}

/** The highest of one or more numbers; the order of comparing does not matter. */
function maximum(from: usize, end: usize): f32 {
  let highest = load<f32>(from);
  for (let at = from; at < end; at += FLOAT) highest = max<f32>(highest, load<f32>(at));
  return highest;
}
