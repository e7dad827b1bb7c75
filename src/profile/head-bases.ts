import type { Engine, JobWatch } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { inGroups, type DocumentGroup } from "./corpus.ts";
import { drawsFor, type Drawing, type Sampling } from "./differentiate.ts";
import type { HeadSums, MiddleSums } from "./jobs/head-bases.ts";
import { summed } from "./statistics.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** Another basis for a narrow middle of n columns, row by row (n x n): `into` times `back` is the identity. */
export interface Basis {
  readonly into: Float64Array;
  readonly back: Float64Array;
  /** Mean squared gradient at each of the new columns, whose variance (mean square for queries) is 1. */
  readonly weights: Float64Array;
}

/** The bases of one head's queries and of the values that it moves. */
export interface HeadBases {
  readonly looks?: Basis;
  readonly moves?: Basis;
}

/** Variance along every direction, as a share of the mean, that keeps the factors invertible. */
const RIDGE = 1e-6;

/**
 * For every head a basis in which the columns of its queries and of its moved values are uncorrelated and ordered by what
 * they bring about: by the product of the variance and of the squared gradient, which is twice what a column's mean in
 * its place would cost in KL as far as the two are independent. Leaving out the last columns is then the best low rank in
 * the priced metric, where a plain singular value decomposition minimises a distance that nobody reads.
 */
export async function headBases(
  engine: Engine,
  program: Program,
  documents: readonly TokenDocument[],
  { decision, seed, onDone, signal }: Sampling & JobWatch,
): Promise<HeadBases[][]> {
  const options: Drawing = { decision, seed, draws: drawsFor(documents.length) };
  const groups = await engine.map<Drawing, DocumentGroup, HeadSums[][]>(
    new URL("./jobs/head-bases.ts", import.meta.url),
    { programs: { program }, options },
    inGroups(documents),
    { onDone, signal },
  );
  return program.blocks.map(({ attention }, block) =>
    attention.heads.map((_, head) => {
      const each = groups.flatMap((group) => group[block]?.[head] ?? []);
      const looks = each.flatMap((sums) => sums.looks ?? []);
      const moves = each.flatMap((sums) => sums.moves ?? []);
      return {
        ...(looks.length > 0 && { looks: basisOf(looks, "whole") }),
        ...(moves.length > 0 && { moves: basisOf(moves, "lessMean") }),
      };
    }),
  );
}

/** @param origin whether a column that is left out leaves nothing, or its mean */
function basisOf(sums: readonly MiddleSums[], origin: "whole" | "lessMean"): Basis {
  const rows = sums.reduce((total, sum) => total + sum.rows, 0);
  const mean = summed(sums.map(({ values }) => values)).map((sum) => sum / rows);
  const size = mean.length;
  const values = summed(sums.map(({ valueProducts }) => valueProducts)).map(
    (sum, index) =>
      sum / rows -
      (origin === "lessMean" ? (mean[Math.floor(index / size)] as number) * (mean[index % size] as number) : 0),
  );
  const gradients = summed(sums.map(({ gradientProducts }) => gradientProducts)).map((sum) => sum / rows);
  const root = squareRoot(values, size);
  const { values: weights, vectors } = symmetricEigen(times(times(root.half, gradients, size), root.half, size));
  // x = (x into) back: rows of x are turned into uncorrelated ones of unit variance, then into the ordered basis.
  const into = times(root.inverse, vectors, size);
  return { into, back: times(transposedSquare(vectors, size), root.half, size), weights };
}

/** The symmetric square root of a covariance, and its inverse. */
function squareRoot(matrix: Float64Array, size: number): { half: Float64Array; inverse: Float64Array } {
  let trace = 0;
  for (let index = 0; index < size; index++) trace += matrix[index * (size + 1)] as number;
  const floor = Math.max((RIDGE * trace) / size, Number.MIN_VALUE ** 0.5);
  const { values, vectors } = symmetricEigen(matrix);
  const power = (exponent: number): Float64Array => {
    const scaled = vectors.map((value, index) => value * Math.max(values[index % size] as number, floor) ** exponent);
    return times(scaled, transposedSquare(vectors, size), size);
  };
  return { half: power(0.5), inverse: power(-0.5) };
}

function times(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = a[row * size + inner] as number;
      for (let column = 0; column < size; column++) {
        out[row * size + column] = (out[row * size + column] as number) + factor * (b[inner * size + column] as number);
      }
    }
  }
  return out;
}

/** A square matrix (size, size) with rows and columns exchanged. */
export function transposedSquare(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, index) => matrix[(index % size) * size + Math.floor(index / size)] as number);
}
