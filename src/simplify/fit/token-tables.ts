import type {
  HeadNode,
  HeadPlace,
  MlpNode,
  MlpPartNode,
  Origin,
  Program,
  TensorHandle,
  TokenVectorsNode,
} from "../../ir/index.ts";
import { summed, type Profile } from "../../profile/index.ts";
import type { MlpReplacement } from "../candidate.ts";
import { weightsOfHead, weightsOfLook } from "../cost.ts";
import { looksByRules } from "../heads.ts";
import type { SumsByToken, TokenWrites, TokenWritesOptions } from "../jobs/token-writes.ts";
import type { Workshop } from "../workshop.ts";
import { inBatches } from "./batches.ts";
import { explainedBy } from "./explained.ts";
import type { RuledHead, RuledHeads } from "./look-rules.ts";
import { bestOf, tablesOf, variationOf, type MeansByToken, type ShortTable, type WholeTable } from "./short-tables.ts";

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

/**
 * For heads that look by rules, a vector by the attended token in place of the values that they move; for MLPs, one by the
 * token and one by the token before it. Each is of low rank, and tokens that say about the same may share a row of it, so that
 * it has fewer numbers than the weights.
 *
 * @param ruled heads that look by weights so far, with the rules in their place, and the blocks whose MLPs are wanted
 * @param worth what each number of a table has to foresee, in nats a position
 */
export async function tokenTables(
  workshop: Workshop,
  { program, heads, blocks: wanted }: RuledHeads & { readonly blocks: readonly number[] },
  profile: Profile,
  worth: number,
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

  const room = weightsOfHead(program) - weightsOfLook(program);
  const moved = blocks.flatMap(({ attention }, block) =>
    attention.heads.flatMap((node, head): MovingHead[] => {
      const looking = heads.find((change) => change.block === block && change.head === head)?.replacement ?? node;
      const sums = now.flatMap((batch) => batch.heads.get(node.id) ?? []);
      if (sums.length === 0 || looking.moves.kind !== "denseMove" || !looksByRules(looking)) return [];
      const written = throughOutput(meansOf(sums), program.tensors.get(looking.moves.output), width);
      const tables = tablesOf(written);
      return [{ block, head, looking, mean: written.mean, tables, table: bestOf(tables, { room }) }];
    }),
  );
  const whole = await movedByTokens(workshop, program, moved, profile);
  const few = moved.map((own, index): MovingHead => {
    const explained = Math.max(0, whole.heads[index]?.explained ?? 0);
    const foreseen = explained * (profile.heads[own.block]?.[own.head]?.price ?? 0);
    return { ...own, table: bestOf(own.tables, { room, worth: { all: foreseen / own.table.share, each: worth } }) };
  });
  return {
    ...(await movedByTokens(workshop, program, few, profile)),
    mlps: blocks.flatMap(({ mlp }, block) => {
      const means = [current[block], previous[block]].flatMap((own) => own ?? []);
      const { price = 0, tokenTable } = profile.mlps[block] ?? {};
      return wanted.includes(block) && mlp.parts.some(({ kind }) => kind === "densePart")
        ? [writtenByToken(program, mlp, block, means, price * Math.max(0, tokenTable?.explained ?? 0), worth)]
        : [];
    }),
  };
}

/** A head that looks by rules, and what it writes of each token. */
interface MovingHead extends HeadPlace {
  readonly looking: HeadNode;
  /** Of all tokens together (width). */
  readonly mean: Float64Array;
  readonly tables: readonly WholeTable[];
  readonly table: ShortTable;
}

/** The heads with what they move by token, and how much of them that foresees. */
async function movedByTokens(
  workshop: Workshop,
  program: Program,
  heads: readonly MovingHead[],
  profile: Profile,
): Promise<RuledHeads> {
  const values = new Map<string, Float32Array>();
  const changes = heads.map(({ block, head, looking, mean, table }) => {
    const { moves } = looking;
    const origin = { tensors: moves.origin.tensors, passes: [...moves.origin.passes, "token-moves"] };
    const { node, tensors } = tokenVectors(program, `${looking.id}.moves`, { back: 0, table, origin });
    for (const [name, own] of tensors) values.set(name, own);
    return { block, head, replacement: { ...looking, moves: node }, bias: Float32Array.from(mean) };
  });
  const holding = { ...program, tensors: program.tensors.with(values) };
  const explained = await explainedBy(workshop, holding, changes, profile);
  return { program: holding, heads: changes.map((change, index) => ({ ...change, explained: explained[index] ?? 0 })) };
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
 * @param worth what each number has to foresee
 */
function writtenByToken(
  program: Program,
  mlp: MlpNode,
  block: number,
  tables: readonly MeansByToken[],
  price: number,
  worth: number,
): MlpReplacement {
  const { width } = program;
  const origin = { tensors: mlp.origin.tensors, passes: [...mlp.origin.passes, "token-tables"] };
  const weights = mlp.parts.reduce((sum, part) => sum + (part.kind === "densePart" ? 2 * part.neurons.length : 0), 0);
  const tensors: [string, Float32Array][] = [];
  const constant = new Float32Array(width);
  let room = weights * width;
  const parts = tables.map((means, back): MlpPartNode => {
    means.mean.forEach((value, index) => (constant[index] = (constant[index] as number) + value));
    const all = (price * variationOf(means)) / variationOf(tables[0] as MeansByToken);
    const table = bestOf(tablesOf(means), { room, worth: { all, each: worth } });
    room -= table.numbers;
    const id = `${mlp.id}.${back === 0 ? "currentToken" : "previousToken"}`;
    const made = tokenVectors(program, id, { back, table, origin });
    tensors.push(...made.tensors);
    return made.node;
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
  { back, table, origin }: { readonly back: number; readonly table: ShortTable; readonly origin: Origin },
): { readonly node: TokenVectorsNode; readonly tensors: [string, Float32Array][] } {
  const { groups, rank } = table;
  const handle = (role: string, shape: readonly number[]): TensorHandle => ({ name: `${id}.${role}`, shape, origin });
  const amounts = handle("amounts", [table.amounts.length / rank, rank]);
  const directions = handle("directions", [rank, width]);
  const grouped = groups && { groups: handle("groups", [vocabulary]) };
  return {
    node: { kind: "tokenVectors", id, shape: ["time", width], origin, back, ...grouped, amounts, directions },
    tensors: [
      ...(grouped ? [[grouped.groups.name, Float32Array.from(groups)] satisfies [string, Float32Array]] : []),
      [amounts.name, table.amounts],
      [directions.name, table.directions],
    ],
  };
}
