/** Spearman's rank correlation, equal values sharing their mean rank; null where either side has no order. */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  const [ranksA, ranksB] = [ranksOf(a), ranksOf(b)];
  const centre = (a.length + 1) / 2;
  let [together, squaresA, squaresB] = [0, 0, 0];
  ranksA.forEach((rank, index) => {
    const [x, y] = [rank - centre, (ranksB[index] as number) - centre];
    together += x * y;
    squaresA += x * x;
    squaresB += y * y;
  });
  return squaresA > 0 && squaresB > 0 ? together / Math.sqrt(squaresA * squaresB) : null;
}

/** The middle value, or the mean of the two in the middle; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Ranks from 1. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Array<number>(values.length).fill(0);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end] as number] === values[order[first] as number]) end++;
    for (let place = first; place < end; place++) ranks[order[place] as number] = (first + 1 + end) / 2;
    first = end;
  }
  return ranks;
}
