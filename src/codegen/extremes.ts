/** Indices of the highest values, highest first; the lowest index among equals. */
export function highest(values: ArrayLike<number>, count: number): number[] {
  return extremes(values, count, 1);
}

/** Indices of the lowest values, lowest first; the lowest index among equals. */
export function lowest(values: ArrayLike<number>, count: number): number[] {
  return extremes(values, count, -1);
}

function extremes(values: ArrayLike<number>, count: number, sign: 1 | -1): number[] {
  const best: number[] = [];
  const at = (index: number): number => sign * (values[index] as number);
  for (let index = 0; index < values.length; index++) {
    const value = at(index);
    if (best.length === count && value <= at(best[count - 1] as number)) continue;
    let place = best.length;
    while (place > 0 && value > at(best[place - 1] as number)) place--;
    best.splice(place, 0, index);
    if (best.length > count) best.pop();
  }
  return best;
}

/** The standard deviation of some numbers; 0 of none. */
export function deviation(values: ArrayLike<number>): number {
  const { length } = values;
  let [sum, squares] = [0, 0];
  for (let index = 0; index < length; index++) {
    const value = values[index] as number;
    sum += value;
    squares += value * value;
  }
  return length === 0 ? 0 : Math.sqrt(Math.max(0, squares / length - (sum / length) ** 2));
}
