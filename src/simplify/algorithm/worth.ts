import { factorised, solvePositiveDefinite, squareRoot, symmetricEigen } from "../../profile/index.ts";
import { dot } from "./gradient.ts";

/** What a head writes as a sum over what it attends to, and how much it matters which. */
export interface WorthFit {
  /** Half of what the variance of the head's output costs, and of what is not foreseen of it, in nats a position. */
  readonly varies: number;
  readonly missed: number;
  /** Covariance of the attention that symbols get (symbols x symbols). */
  readonly covariance: Float64Array;
  /** What it costs to move attention from one symbol to another, as a quadratic form (symbols x symbols). */
  readonly prices: Float64Array;
}

const RIDGE = 1e-6;

/**
 * Regresses a head's output (rows of width) on the attention that each symbol gets (rows of symbols).
 *
 * @param metric (width x width) mean of J^T F J: how much KL a change of the output costs
 */
export function fittedWorth(
  shares: readonly Float64Array[],
  outputs: readonly ArrayLike<number>[],
  metric: Float64Array,
): WorthFit {
  const symbols = shares[0]?.length ?? 0;
  const width = outputs[0]?.length ?? 0;
  const count = shares.length;
  const gram = new Float64Array(symbols * symbols);
  const cross = Array.from({ length: width }, () => new Float64Array(symbols));
  const mean = new Float64Array(symbols);
  shares.forEach((row, index) => {
    const output = outputs[index] as ArrayLike<number>;
    for (let one = 0; one < symbols; one++) {
      const share = row[one] as number;
      if (share === 0) continue;
      mean[one] = (mean[one] as number) + share / count;
      for (let other = 0; other < symbols; other++) {
        gram[one * symbols + other] = (gram[one * symbols + other] as number) + share * (row[other] as number);
      }
      for (let column = 0; column < width; column++) {
        const into = cross[column] as Float64Array;
        into[one] = (into[one] as number) + share * (output[column] as number);
      }
    }
  });
  const regularised = gram.map((value, index) => value + (index % (symbols + 1) === 0 ? RIDGE * count : 0));
  const vectors = cross.map((right) => solvePositiveDefinite(regularised, right)); // [column][symbol]
  const covariance = gram.map(
    (value, index) => value / count - (mean[Math.floor(index / symbols)] as number) * (mean[index % symbols] as number),
  );
  // Between symbols: how much it costs to take one for the other.
  const between = new Float64Array(symbols * symbols);
  for (let one = 0; one < symbols; one++) {
    for (let other = 0; other < symbols; other++) {
      let sum = 0;
      for (let row = 0; row < width; row++) {
        const first = vectors[row]?.[one] as number;
        if (first === 0) continue;
        for (let column = 0; column < width; column++) {
          sum += first * (metric[row * width + column] as number) * (vectors[column]?.[other] as number);
        }
      }
      between[one * symbols + other] = sum;
    }
  }
  return { ...foreseen(shares, outputs, vectors, metric), covariance, prices: between };
}

/** Those that are no sum of earlier ones. */
function independent(vectors: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  return vectors.filter((vector) => {
    const rest = vector.slice();
    for (const other of basis) {
      const share = rest.reduce((sum, value, index) => sum + value * (other[index] as number), 0);
      rest.forEach((value, index) => (rest[index] = value - share * (other[index] as number)));
    }
    const norm = Math.hypot(...rest);
    if (norm <= 1e-6 * Math.hypot(...vector)) return false;
    basis.push(rest.map((value) => value / norm));
    return true;
  });
}

/**
 * Numbers for symbols whose averages say what scores depend on, but for `tolerance` nats a position: differences of two
 * symbols and shares of one where not many more of them do, else the directions that matter most, whatever they are.
 *
 * @param fits of the same heads' symbols, one head's after the other's; what they miss adds up
 * @param symbols of each head, as "token phase"
 */
export function worthVectors(fits: readonly WorthFit[], tolerance: number, symbols: readonly string[]): Float64Array[] {
  const heads = Math.sqrt(fits[0]?.covariance.length ?? 0) / symbols.length;
  const directions = independent(fits.flatMap((fit) => steepest(fit, tolerance)));
  const losses = fits.map(lossOf);
  const lossWith = (vectors: readonly Float64Array[]): number => losses.reduce((sum, loss) => sum + loss(vectors), 0);
  const chosen: Float64Array[] = [];
  const candidates = plainVectors(symbols, heads);
  while (chosen.length <= heads * directions.length) {
    if (lossWith(chosen) <= tolerance) return chosen;
    let [best, least] = [candidates[0] as Float64Array, Infinity];
    for (const candidate of candidates) {
      const loss = lossWith([...chosen, candidate]);
      // Of equals, the first and plainest.
      if (loss < least * (1 - 1e-6)) [best, least] = [candidate, loss];
    }
    chosen.push(best);
  }
  return directions;
}

/** A token in all phases or in one, or one less another, of the same head. */
function plainVectors(symbols: readonly string[], heads: number): Float64Array[] {
  const size = symbols.length;
  const byToken = new Map<string, number[]>();
  symbols.forEach((symbol, at) => {
    const [token = ""] = symbol.split(" ");
    byToken.set(token, [...(byToken.get(token) ?? []), at]);
  });
  const tokens = byToken.size < size ? [...byToken.values()] : [];
  return [tokens, symbols.map((_, at) => [at])].flatMap((groups) =>
    Array.from({ length: heads }, (_, head) => {
      const shares = groups.map((own) => {
        const vector = new Float64Array(heads * size);
        for (const at of own) vector[head * size + at] = 1;
        return vector;
      });
      const differences = shares.flatMap((first, at) =>
        shares.slice(at + 1).map((second) => first.map((value, index) => value - (second[index] as number))),
      );
      return [...shares, ...differences];
    }).flat(),
  );
}

/**
 * Half of what the attention that averages of some vectors do not tell costs, in nats a position: with C the covariance, P the
 * prices, and V the vectors, half the trace of P (C - C V (V' C V)^-1 V' C).
 */
function lossOf({ covariance, prices }: WorthFit): (vectors: readonly Float64Array[]) => number {
  const size = Math.sqrt(covariance.length);
  let whole = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      whole += (prices[row * size + column] as number) * (covariance[column * size + row] as number);
    }
  }
  // C v and P C v, worked out once a vector.
  const known = new Map<Float64Array, { readonly seen: Float64Array; readonly priced: Float64Array }>();
  const partsOf = (vector: Float64Array): { readonly seen: Float64Array; readonly priced: Float64Array } => {
    const own = known.get(vector);
    if (own) return own;
    const seen = times(covariance, vector);
    const made = { seen, priced: times(prices, seen) };
    known.set(vector, made);
    return made;
  };
  return (vectors) => {
    const count = vectors.length;
    const parts = vectors.map(partsOf);
    const gram = new Float64Array(count * count);
    vectors.forEach((vector, row) =>
      parts.forEach(({ seen }, column) => {
        gram[row * count + column] = dot(vector, seen) * (row === column ? 1 + 1e-9 : 1);
      }),
    );
    const solve = factorised(gram);
    const told = parts.reduce((sum, { priced }, column) => {
      const weights = solve(Float64Array.from(parts, ({ seen }) => dot(seen, priced)));
      return sum + (weights[column] as number);
    }, 0);
    return Math.max(0, (whole - told) / 2);
  };
}

/** The directions that matter most, until the rest costs no more than is tolerated. */
function steepest({ covariance, prices }: WorthFit, tolerance: number): Float64Array[] {
  const size = Math.sqrt(covariance.length);
  const root = squareRoot(covariance);
  const { values, vectors } = symmetricEigen(product(product(root, prices, size), root, size));
  const costs = values.map((value) => Math.max(0, value) / 2);
  let rest = costs.reduce((sum, cost) => sum + cost, 0);
  const directions: Float64Array[] = [];
  while (rest > tolerance && directions.length < size) {
    const index = directions.length;
    rest -= costs[index] as number;
    const column = Float64Array.from({ length: size }, (_, row) => vectors[row * size + index] as number);
    directions.push(unit(times(prices, times(root, column))));
  }
  return directions;
}

/** From -1 to 1, whatever a vector's own scale and zero are: attention sums to one. */
function unit(vector: Float64Array): Float64Array {
  const [least, most] = [Math.min(...vector), Math.max(...vector)];
  return vector.map((value) => (value - (least + most) / 2) / ((most - least) / 2 || 1));
}

function foreseen(
  shares: readonly Float64Array[],
  outputs: readonly ArrayLike<number>[],
  vectors: readonly Float64Array[],
  metric: Float64Array,
): Pick<WorthFit, "varies" | "missed"> {
  const width = vectors.length;
  const means = vectors.map(
    (_, column) => outputs.reduce((sum, output) => sum + (output[column] as number), 0) / outputs.length,
  );
  let [varies, missed] = [0, 0];
  const [error, change] = [new Float64Array(width), new Float64Array(width)];
  outputs.forEach((output, row) => {
    const share = shares[row] as Float64Array;
    for (let column = 0; column < width; column++) {
      const weights = vectors[column] as Float64Array;
      let rest = output[column] as number;
      for (let symbol = 0; symbol < share.length; symbol++)
        rest -= (share[symbol] as number) * (weights[symbol] as number);
      error[column] = rest;
      change[column] = (output[column] as number) - (means[column] as number);
    }
    missed += dot(error, times(metric, error)) / (2 * outputs.length);
    varies += dot(change, times(metric, change)) / (2 * outputs.length);
  });
  return { varies, missed };
}

function product(one: Float64Array, other: Float64Array, size: number): Float64Array {
  return Float64Array.from(one, (_, index) => {
    const [row, column] = [Math.floor(index / size), index % size];
    let sum = 0;
    for (let inner = 0; inner < size; inner++)
      sum += (one[row * size + inner] as number) * (other[inner * size + column] as number);
    return sum;
  });
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const out = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let column = 0; column < size; column++)
      sum += (matrix[row * size + column] as number) * (vector[column] as number);
    out[row] = sum;
  }
  return out;
}
