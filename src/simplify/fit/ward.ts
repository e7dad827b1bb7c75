/** Two groups that become one, each by one of its points. */
interface Merge {
  readonly one: number;
  readonly other: number;
  /** What it adds to the squared distances of points from the centres of their groups. */
  readonly cost: number;
}

/**
 * Weighted points (points x columns), merged two groups at a time into one, those first that lose least by it (Ward 1963),
 * found along chains of nearest neighbours (Murtagh 1983), so that time grows with the square of the points.
 */
export function wardMerges(points: Float32Array, weights: ArrayLike<number>, columns: number): Merge[] {
  const count = weights.length;
  const centres = Float64Array.from(points);
  const mass = Float64Array.from(weights);
  const active = Array.from({ length: count }, (_, point) => point);
  const lossOf = (one: number, other: number, most: number): number => {
    const [first, second] = [mass[one] as number, mass[other] as number];
    const factor = first + second > 0 ? (first * second) / (first + second) : 0;
    let loss = 0;
    for (let column = 0; column < columns && loss < most; column++) {
      const apart = (centres[one * columns + column] as number) - (centres[other * columns + column] as number);
      loss += factor * apart * apart;
    }
    return loss;
  };
  const merges: Merge[] = [];
  const chain: number[] = [];
  while (active.length > 1) {
    if (chain.length === 0) chain.push(active[0] as number);
    const last = chain.at(-1) as number;
    // The one before in the chain wins a tie: no chain then goes in circles.
    let nearest = chain.at(-2);
    let least = nearest === undefined ? Infinity : lossOf(last, nearest, Infinity);
    for (const other of active) {
      if (other === last) continue;
      const loss = lossOf(last, other, least);
      if (loss < least) [nearest, least] = [other, loss];
    }
    if (nearest === undefined) throw new Error("A group has no neighbour: its numbers are not finite.");
    if (nearest !== chain.at(-2)) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    merges.push({ one: nearest, other: last, cost: least });
    const total = (mass[nearest] as number) + (mass[last] as number);
    for (let column = 0; column < columns && total > 0; column++) {
      const at = nearest * columns + column;
      const sum = (mass[nearest] as number) * (centres[at] as number);
      centres[at] = (sum + (mass[last] as number) * (centres[last * columns + column] as number)) / total;
    }
    mass[nearest] = total;
    active.splice(active.indexOf(last), 1);
  }
  return merges.sort((a, b) => a.cost - b.cost);
}

/** The group of each of so many points after the first merges, numbered in the order of the first of their points. */
export function groupsAfter(merges: readonly Merge[], points: number, groups: number): Int32Array {
  const parent = Int32Array.from({ length: points }, (_, point) => point);
  const rootOf = (point: number): number => {
    let root = point;
    while (parent[root] !== root) root = parent[root] as number;
    return root;
  };
  for (const { one, other } of merges.slice(0, Math.max(0, points - groups))) {
    const [first, second] = [rootOf(one), rootOf(other)];
    parent[Math.max(first, second)] = Math.min(first, second);
  }
  const numbers = new Map<number, number>();
  return Int32Array.from({ length: points }, (_, point) => {
    const root = rootOf(point);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
}
