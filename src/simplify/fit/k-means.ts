import type { Random } from "../../engine/index.ts";

const ROUNDS = 30;

/**
 * Groups weighted points (points x columns) around so many centres: k-means with seeds far apart (Arthur and
 * Vassilvitskii 2007), then Lloyd's rounds. Gives the group of each point; groups are numbered in the order of the first
 * of their points.
 */
export function kMeans(
  points: Float32Array,
  weights: ArrayLike<number>,
  columns: number,
  groups: number,
  random: Random,
): Int32Array {
  const count = weights.length;
  const centres = seeds(points, weights, columns, groups, random);
  const groupOf = new Int32Array(count);
  for (let round = 0; round < ROUNDS; round++) {
    let moved = 0;
    for (let point = 0; point < count; point++) {
      const nearest = nearestOf(points, point, centres, columns);
      if (nearest !== groupOf[point]) moved++;
      groupOf[point] = nearest;
    }
    if (moved === 0) break;
    const sums = new Float64Array(centres.length);
    const totals = new Float64Array(centres.length / columns);
    for (let point = 0; point < count; point++) {
      const [group, weight] = [groupOf[point] as number, weights[point] as number];
      totals[group] = (totals[group] as number) + weight;
      for (let column = 0; column < columns; column++) {
        const at = group * columns + column;
        sums[at] = (sums[at] as number) + weight * (points[point * columns + column] as number);
      }
    }
    sums.forEach((sum, at) => {
      const total = totals[Math.floor(at / columns)] as number;
      if (total > 0) centres[at] = sum / total;
    });
  }
  return inOrderOfFirst(groupOf);
}

/** Points as centres, each drawn with a probability that grows with the squared distance from those before it. */
function seeds(
  points: Float32Array,
  weights: ArrayLike<number>,
  columns: number,
  groups: number,
  random: Random,
): Float64Array {
  const count = weights.length;
  const distances = new Float64Array(count).fill(Infinity);
  const chosen: number[] = [];
  let next = Array.from(weights).reduce((best, weight, point, all) => (weight > (all[best] ?? 0) ? point : best), 0);
  while (chosen.length < Math.min(groups, count)) {
    chosen.push(next);
    let total = 0;
    for (let point = 0; point < count; point++) {
      let distance = 0;
      for (let column = 0; column < columns; column++) {
        const apart = (points[point * columns + column] as number) - (points[next * columns + column] as number);
        distance += apart * apart;
      }
      distances[point] = Math.min(distances[point] as number, distance);
      total += (distances[point] as number) * (weights[point] as number);
    }
    let draw = random() * total;
    let point = 0;
    for (; point < count - 1; point++) {
      draw -= (distances[point] as number) * (weights[point] as number);
      if (draw < 0) break;
    }
    next = point;
  }
  return Float64Array.from(
    chosen.flatMap((point) => Array.from(points.subarray(point * columns, (point + 1) * columns))),
  );
}

function nearestOf(points: Float32Array, point: number, centres: Float64Array, columns: number): number {
  let [best, least] = [0, Infinity];
  for (let start = 0; start < centres.length; start += columns) {
    let distance = 0;
    for (let column = 0; column < columns && distance < least; column++) {
      const apart = (points[point * columns + column] as number) - (centres[start + column] as number);
      distance += apart * apart;
    }
    if (distance < least) [best, least] = [start / columns, distance];
  }
  return best;
}

function inOrderOfFirst(groupOf: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  for (const group of groupOf) if (!numbers.has(group)) numbers.set(group, numbers.size);
  return groupOf.map((group) => numbers.get(group) as number);
}
