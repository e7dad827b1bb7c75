import type { HeadNode, MlpNode, MlpPartNode, Origin, Program, TokenVectorsNode } from "../../ir/index.ts";
import { summed, symmetricEigen, type Profile } from "../../profile/index.ts";
import type { MlpReplacement } from "../candidate.ts";
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

/** What a table may be of the weights that it stands for, of a head and of an MLP; and the share of its variation that is worth a direction. */
const LARGEST_SHARE = { head: 0.9, mlp: 0.4 };
const VARIATION = 0.995;

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

  const values = new Map<string, Float32Array>();
  const moved = blocks.flatMap(({ attention }, block) =>
    attention.heads.flatMap((node, head): Omit<RuledHead, "explained">[] => {
      const looking = heads.find((change) => change.block === block && change.head === head)?.replacement ?? node;
      const sums = now.flatMap((batch) => batch.heads.get(node.id) ?? []);
      if (sums.length === 0 || !looksByRules(looking)) return [];
      return [{ block, head, ...movedByToken(program, looking, meansOf(sums), values) }];
    }),
  );
  const holding = { ...program, tensors: program.tensors.with(values) };
  const explained = await explainedBy(workshop, holding, moved, profile);
  return {
    program: holding,
    heads: moved.map((change, index) => ({ ...change, explained: explained[index] ?? 0 })),
    mlps: blocks.flatMap(({ mlp }, block) => {
      const tables = [current[block], previous[block]].flatMap((table) => table ?? []);
      return wanted.includes(block) && mlp.parts.some(({ kind }) => kind === "densePart")
        ? [writtenByToken(program, mlp, block, tables)]
        : [];
    }),
  };
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

/**
 * The head with as many of the first columns of what it moves by token as may be, and the rest of them at their means: it is
 * in the basis in which the first columns matter most.
 */
function movedByToken(
  program: Program,
  head: HeadNode,
  { columns, mean, table }: MeansByToken,
  values: Map<string, Float32Array>,
): Pick<RuledHead, "replacement" | "bias"> {
  const { width, vocabulary } = program;
  const { moves } = head;
  if (moves.kind !== "denseMove") return { replacement: head };
  const output = program.tensors.get(moves.output); // (columns, width)
  const heads = program.blocks[0]?.attention.heads.length ?? 1;
  const most = Math.floor((LARGEST_SHARE.head * 2 * width * width) / heads / (vocabulary + width));
  const rank = Math.max(1, Math.min(columns, most));
  const bias = new Float32Array(width);
  for (let column = rank; column < columns; column++) {
    for (let index = 0; index < width; index++) {
      bias[index] = (bias[index] as number) + (mean[column] as number) * (output[column * width + index] as number);
    }
  }
  const origin = { tensors: moves.origin.tensors, passes: [...moves.origin.passes, "token-moves"] };
  const amounts = Float32Array.from(
    { length: vocabulary * rank },
    (_, at) => table[Math.floor(at / rank) * columns + (at % rank)] as number,
  );
  const node = tokenVectors(program, `${head.id}.moves`, { back: 0, rank, origin });
  values.set(node.amounts.name, amounts);
  values.set(node.directions.name, output.slice(0, rank * width));
  return { replacement: { ...head, moves: node }, bias };
}

/** The MLP as a constant and a vector for each of the tables. */
function writtenByToken(
  program: Program,
  mlp: MlpNode,
  block: number,
  tables: readonly MeansByToken[],
): MlpReplacement {
  const { width, vocabulary } = program;
  const origin = { tensors: mlp.origin.tensors, passes: [...mlp.origin.passes, "token-tables"] };
  const weights = mlp.parts.reduce((sum, part) => sum + (part.kind === "densePart" ? 2 * part.neurons.length : 0), 0);
  const tensors: [string, Float32Array][] = [];
  const constant = new Float32Array(width);
  const parts = tables.map((means, back): MlpPartNode => {
    means.mean.forEach((value, index) => (constant[index] = (constant[index] as number) + value));
    const { amounts, directions, rank } = lowRank(
      means,
      (LARGEST_SHARE.mlp * weights * width) / tables.length / (vocabulary + width),
    );
    const id = `${mlp.id}.${back === 0 ? "currentToken" : "previousToken"}`;
    const node = tokenVectors(program, id, { back, rank, origin });
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

/** The directions along which tokens differ most, each token by how often it occurs (Eckart and Young 1936). */
function lowRank(
  { columns, mean, table, weights }: MeansByToken,
  most: number,
): { readonly rank: number; readonly amounts: Float32Array; readonly directions: Float32Array } {
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
  const rank = rankOf(values, most);
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
  return { rank, amounts, directions };
}

/** How many of the shares, largest first, make nearly all; at least one, and no more numbers than weights have. */
function rankOf(shares: Float64Array, most: number): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  let sum = 0;
  let rank = 0;
  while (rank < shares.length && sum < VARIATION * total) sum += shares[rank++] as number;
  return Math.max(1, Math.min(rank, Math.floor(most)));
}
