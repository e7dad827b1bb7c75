/** A value and its gradient. */
export interface Valued {
  readonly value: number;
  readonly gradient: Float64Array;
}

const MEMORY = 12;
/** Share of the foreseen gain that a step must bring (Nocedal and Wright 2006, eq. 3.6a). */
const SUFFICIENT = 1e-4;
const MOST_HALVINGS = 24;
/** Steps in a row that gain next to nothing before it is enough. */
const PATIENCE = 3;

/** Goes downhill by L-BFGS with step halving (Nocedal and Wright 2006, algorithm 7.4), until nothing is gained or so many steps. */
export function descended(
  start: Float64Array,
  valued: (at: Float64Array) => Valued,
  steps: number,
  settled: number,
): Float64Array {
  let here = start;
  let now = valued(here);
  const moves: { readonly step: Float64Array; readonly change: Float64Array; readonly curvature: number }[] = [];
  let slow = 0;
  for (let index = 0; index < steps; index++) {
    const direction = now.gradient.map((slope) => -slope);
    const shares: number[] = [];
    for (const { step, change, curvature } of moves.toReversed()) {
      const share = dot(step, direction) / curvature;
      shares.push(share);
      add(direction, change, -share);
    }
    const last = moves.at(-1);
    const scale = last ? last.curvature / dot(last.change, last.change) : 1 / (norm(now.gradient) || 1);
    direction.forEach((value, at) => (direction[at] = value * scale));
    for (const { step, change, curvature } of moves) {
      const share = shares.pop() as number;
      add(direction, step, share - dot(change, direction) / curvature);
    }
    const foreseen = dot(direction, now.gradient);
    if (!(foreseen < 0)) break;
    let next: Float64Array | undefined;
    let then = now;
    for (let halving = 0, length = 1; halving < MOST_HALVINGS; halving++, length /= 2) {
      const tried = here.map((value, at) => value + length * (direction[at] as number));
      const found = valued(tried);
      if (!(found.value <= now.value + SUFFICIENT * length * foreseen)) continue;
      [next, then] = [tried, found];
      break;
    }
    if (!next) break;
    const step = next.map((value, at) => value - (here[at] as number));
    const change = then.gradient.map((value, at) => value - (now.gradient[at] as number));
    const curvature = dot(step, change);
    if (curvature > 1e-12 * norm(step) * norm(change)) moves.push({ step, change, curvature });
    if (moves.length > MEMORY) moves.shift();
    slow = now.value - then.value < settled ? slow + 1 : 0;
    [here, now] = [next, then];
    if (slow >= PATIENCE) break;
  }
  return here;
}

function add(to: Float64Array, other: Float64Array, times: number): void {
  for (let index = 0; index < to.length; index++) to[index] = (to[index] as number) + times * (other[index] as number);
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] as number) * (other[index] as number);
  return sum;
}

const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));
