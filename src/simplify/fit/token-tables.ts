import type { HeadNode, HeadPlace, MlpNode, MlpPartNode, Origin, Program, TokenVectorsNode } from "../../ir/index.ts";
import { summed, symmetricEigen, type Profile } from "../../profile/index.ts";
import type { MlpReplacement } from "../candidate.ts";
import { weightsOfHead, weightsOfLook } from "../cost.ts";
import { looksByRules } from "../heads.ts";
import type { SumsByToken, TokenWrites, TokenWritesOptions } from "../jobs/token-writes.ts";
import type { Workshop } from "../workshop.ts";
import { inBatches } from "./batches.ts";
import { explainedBy } from "./explained.ts";
import type { RuledHead, RuledHeads } from "./look-rules.ts";

/** Heads that move, and MLPs that write, a vector by token. */
export interface TokenTables {
  /** Holds the heads' tensors. */
  readonly program: Program;
  readonly heads: readonly RuledHead[];
  readonly mlps: readonly MlpReplacement[];
}

/** Vocabulary times columns of everything that is added up: with more, no tables are made (128 MiB). */
const LARGEST = 2 ** 24;

/** Further occurrences of each token that count as the mean: a token that was seen once says little. */
const PRIOR = 3;

/** What a number of a table has to foresee of what its head or MLP matters, in nats a position: a direction has many. */
const WORTH_OF_NUMBER = 8e-7;

/**
 * For heads that look by rules, a vector by the attended token in place of the values that they move; for MLPs, one by the
 * token and one by the token before it. Each is of low rank, so that it has fewer numbers than the weights.
 *
 * @param ruled heads that look by weights so far, with the rules in their place, and the blocks whose MLPs are wanted
 */
export async function tokenTables(
  workshop: Workshop,
  { program, heads, blocks: wanted }: RuledHeads & { readonly blocks: readonly number[] },
  profile: Profile,
): Promise<TokenTables> {
  const { engine, calibrate, signal } = workshop;
  const { vocabulary, width, blocks } = program;
  const ruled = blocks.some(({ attention }) => attention.heads.some(looksByRules));
  const nothing = heads.length === 0 && !ruled && wanted.length === 0;
  if (nothing || 2 * vocabulary * width * blocks.length > LARGEST) return { program, heads: [], mlps: [] };
  const batches = inBatches(calibrate);
  const writes = (options: TokenWritesOptions): Promise<readonly TokenWrites[]> =>
    engine.map<TokenWritesOptions, (typeof batches)[number], TokenWrites>(
      new URL("../jobs/token-writes.ts", import.meta.url),
      { programs: { program }, options },
      batches,
      { signal },
    );
  const now = await writes({ back: 0 });
  const current = blocks.map((_, block) => meansOf(now.flatMap(({ mlps }) => mlps[block] ?? [])));
  const before = wanted.length > 0 ? await writes({ back: 1, known: current.map(({ table }) => table) }) : [];
  const previous = blocks.map((_, block) => meansOf(before.flatMap(({ mlps }) => mlps[block] ?? [])));

  const moved = blocks.flatMap(({ attention }, block) =>
    attention.heads.flatMap((node, head): MovingHead[] => {
      const looking = heads.find((change) => change.block === block && change.head === head)?.replacement ?? node;
      const sums = now.flatMap((batch) => batch.heads.get(node.id) ?? []);
      if (sums.length === 0 || looking.moves.kind !== "denseMove" || !looksByRules(looking)) return [];
      const written = throughOutput(meansOf(sums), program.tensors.get(looking.moves.output), width);
      const room = weightsOfHead(program) - weightsOfLook(program);
      return [{ block, head, looking, written, directions: directionsOf(written, room) }];
    }),
  );
  const whole = await movedByTokens(workshop, program, moved, profile);
  const few = moved.map((own, index): MovingHead => {
    const explained = Math.max(0, whole.heads[index]?.explained ?? 0);
    const foreseen = explained * (profile.heads[own.block]?.[own.head]?.price ?? 0);
    return { ...own, directions: worthwhile(own.directions, foreseen, vocabulary + width) };
  });
  return {
    ...(await movedByTokens(workshop, program, few, profile)),
    mlps: blocks.flatMap(({ mlp }, block) => {
      const tables = [current[block], previous[block]].flatMap((table) => table ?? []);
      const { price = 0, tokenTable } = profile.mlps[block] ?? {};
      return wanted.includes(block) && mlp.parts.some(({ kind }) => kind === "densePart")
        ? [writtenByToken(program, mlp, block, tables, price * Math.max(0, tokenTable?.explained ?? 0))]
        : [];
    }),
  };
}

/** A head that looks by rules, what it writes of each token, and along which directions that is said. */
interface MovingHead extends HeadPlace {
  readonly looking: HeadNode;
  readonly written: MeansByToken;
  readonly directions: Directions;
}

/** The heads with what they move by token, and how much of them that foresees. */
async function movedByTokens(
  workshop: Workshop,
  program: Program,
  heads: readonly MovingHead[],
  profile: Profile,
): Promise<RuledHeads> {
  const values = new Map<string, Float32Array>();
  const changes = heads.map(({ block, head, looking, written, directions }) => {
    const { moves } = looking;
    const origin = { tensors: moves.origin.tensors, passes: [...moves.origin.passes, "token-moves"] };
    const node = tokenVectors(program, `${looking.id}.moves`, { back: 0, rank: directions.shares.length, origin });
    values.set(node.amounts.name, directions.amounts);
    values.set(node.directions.name, directions.directions);
    return { block, head, replacement: { ...looking, moves: node }, bias: Float32Array.from(written.mean) };
  });
  const holding = { ...program, tensors: program.tensors.with(values) };
  const explained = await explainedBy(workshop, holding, changes, profile);
  return { program: holding, heads: changes.map((change, index) => ({ ...change, explained: explained[index] ?? 0 })) };
}

/** Means by token. */
interface MeansByToken {
  readonly columns: number;
  /** Of all tokens together (columns). */
  readonly mean: Float64Array;
  /** (vocabulary, columns); the mean where a token was not seen. */
  readonly table: Float32Array;
  /** What each token weighed (vocabulary). */
  readonly weights: Float64Array;
}

function meansOf(each: readonly SumsByToken[]): MeansByToken {
  const columns = each[0]?.columns ?? 0;
  const weights = summed(each.map((batch) => batch.weights));
  const sums = summed(each.map((batch) => batch.sums));
  const mean = new Float64Array(columns);
  sums.forEach((sum, at) => (mean[at % columns] = (mean[at % columns] as number) + sum));
  const total = Math.max(
    Number.EPSILON,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  mean.forEach((sum, column) => (mean[column] = sum / total));
  const table = Float32Array.from(sums, (sum, at) => {
    const weight = weights[Math.floor(at / columns)] as number;
    return (sum + PRIOR * (mean[at % columns] as number)) / (weight + PRIOR);
  });
  return { columns, mean, table, weights };
}

/** What a head writes of each token, by what it moves of it (columns) and what it makes of that (columns, width). */
function throughOutput({ mean, table, weights }: MeansByToken, output: Float32Array, width: number): MeansByToken {
  const columns = mean.length;
  const written = (row: ArrayLike<number>): Float64Array => {
    const sum = new Float64Array(width);
    for (let column = 0; column < columns; column++) {
      for (let index = 0; index < width; index++)
        sum[index] = (sum[index] as number) + (row[column] as number) * (output[column * width + index] as number);
    }
    return sum;
  };
  const rows = new Float32Array(weights.length * width);
  for (let token = 0; token < weights.length; token++)
    rows.set(written(table.subarray(token * columns, (token + 1) * columns)), token * width);
  return { columns: width, mean: written(mean), table: rows, weights };
}

/**
 * The MLP as a constant and a vector for each of the tables.
 *
 * @param price what the first table foresees of what the MLP matters, in nats a position
 */
function writtenByToken(
  program: Program,
  mlp: MlpNode,
  block: number,
  tables: readonly MeansByToken[],
  price: number,
): MlpReplacement {
  const { width, vocabulary } = program;
  const origin = { tensors: mlp.origin.tensors, passes: [...mlp.origin.passes, "token-tables"] };
  const weights = mlp.parts.reduce((sum, part) => sum + (part.kind === "densePart" ? 2 * part.neurons.length : 0), 0);
  const tensors: [string, Float32Array][] = [];
  const constant = new Float32Array(width);
  let room = weights * width;
  const parts = tables.map((means, back): MlpPartNode => {
    means.mean.forEach((value, index) => (constant[index] = (constant[index] as number) + value));
    const foreseen = (price * variationOf(means)) / variationOf(tables[0] as MeansByToken);
    const { shares, amounts, directions } = worthwhile(directionsOf(means, room), foreseen, vocabulary + width);
    room -= shares.length * (vocabulary + width);
    const id = `${mlp.id}.${back === 0 ? "currentToken" : "previousToken"}`;
    const node = tokenVectors(program, id, { back, rank: shares.length, origin });
    tensors.push([node.amounts.name, amounts], [node.directions.name, directions]);
    return node;
  });
  const vector = { name: `${mlp.id}.bias`, shape: [width], origin };
  tensors.push([vector.name, constant]);
  const shape = ["time", width] as const;
  return {
    kind: "mlp",
    block,
    parts: [{ kind: "constantPart", id: `${mlp.id}.constant`, shape, origin, vector }, ...parts],
    tensors,
  };
}

function tokenVectors(
  { vocabulary, width }: Program,
  id: string,
  { back, rank, origin }: { readonly back: number; readonly rank: number; readonly origin: Origin },
): TokenVectorsNode {
  return {
    kind: "tokenVectors",
    id,
    shape: ["time", width],
    origin,
    back,
    amounts: { name: `${id}.amounts`, shape: [vocabulary, rank], origin },
    directions: { name: `${id}.directions`, shape: [rank, width], origin },
  };
}

/** Along these the vectors of tokens differ most, the first one the most. */
interface Directions {
  /** What part of all variation each has. */
  readonly shares: readonly number[];
  /** (vocabulary, directions) */
  readonly amounts: Float32Array;
  /** (directions, width) */
  readonly directions: Float32Array;
}

/**
 * The directions along which tokens differ most, each token by how often it occurs (Eckart and Young 1936); at least one.
 *
 * @param most numbers that amounts and directions may have together
 */
function directionsOf({ columns, mean, table, weights }: MeansByToken, most: number): Directions {
  const off = table.map((value, at) => value - (mean[at % columns] as number));
  const products = new Float64Array(columns * columns);
  weights.forEach((weight, token) => {
    if (weight === 0) return;
    const own = off.subarray(token * columns, (token + 1) * columns);
    own.forEach((value, row) => {
      const factor = weight * value;
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        products[at] = (products[at] as number) + factor * (own[column] as number);
      }
    });
  });
  const { values, vectors } = symmetricEigen(products); // a column each
  const rank = Math.max(1, Math.min(columns, Math.floor(most / (weights.length + columns))));
  const total = values.reduce((sum, value) => sum + value, 0);
  const directions = Float32Array.from(
    { length: rank * columns },
    (_, at) => vectors[(at % columns) * columns + Math.floor(at / columns)] as number,
  );
  const amounts = new Float32Array(weights.length * rank);
  for (let token = 0; token < weights.length; token++) {
    for (let row = 0; row < rank; row++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) {
        sum += (off[token * columns + column] as number) * (directions[row * columns + column] as number);
      }
      amounts[token * rank + row] = sum;
    }
  }
  const shares = Array.from(values.subarray(0, rank), (value) => (total > 0 ? value / total : 0));
  return { shares, amounts, directions };
}

/** How much tables vary from token to token, by how often each occurs. */
function variationOf({ columns, mean, table, weights }: MeansByToken): number {
  return table.reduce(
    (sum, value, at) =>
      sum + (weights[Math.floor(at / columns)] as number) * (value - (mean[at % columns] as number)) ** 2,
    0,
  );
}

/**
 * The first directions, as long as each is worth its numbers; at least one.
 *
 * @param foreseen what all of them together foresee of what their head or MLP matters, in nats a position
 * @param numbers that a direction has
 */
function worthwhile({ shares, amounts, directions }: Directions, foreseen: number, numbers: number): Directions {
  const all = shares.reduce((sum, share) => sum + share, 0);
  const least = (WORTH_OF_NUMBER * numbers * all) / foreseen;
  const rank = Math.max(1, shares.filter((share) => share >= least).length);
  const width = directions.length / shares.length;
  return {
    shares: shares.slice(0, rank),
    amounts: amounts.filter((_, at) => at % shares.length < rank),
    directions: directions.slice(0, rank * width),
  };
}
