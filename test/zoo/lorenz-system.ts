/** The Lorenz system (Lorenz 1963) as `models/zoo/lorenz` writes it down. */

export type State = readonly [x: number, y: number, z: number];

const OFFSETS: State = [30, 30, 0];
const LEVELS = 64;
const TIME = 0.02;
const FINE = 10;

/** The state 0.02 units of time later: Runge-Kutta of the fourth order. */
export function stateAfter(state: State): State {
  const step = TIME / FINE;
  let now = state;
  for (let index = 0; index < FINE; index++) {
    const one = changeOf(now);
    const two = changeOf(moved(now, one, step / 2));
    const three = changeOf(moved(now, two, step / 2));
    const four = changeOf(moved(now, three, step));
    now = moved(now, [0, 1, 2].map((at) => (one[at]! + 2 * two[at]! + 2 * three[at]! + four[at]!) / 6) as never, step);
  }
  return now;
}

/** The levels that a state is written with. */
export const levelsOf = (state: State): number[] =>
  state.map((value, at) => Math.min(LEVELS - 1, Math.max(0, Math.round(value + OFFSETS[at]!))));

/** The exact level of each coordinate, before it is rounded. */
export const exactLevelsOf = (state: State): number[] => state.map((value, at) => value + OFFSETS[at]!);

const changeOf = ([x, y, z]: State): State => [10 * (y - x), x * (28 - z) - y, x * y - (8 / 3) * z];

const moved = (state: State, change: State, time: number): State =>
  state.map((value, at) => value + time * change[at]!) as never;
