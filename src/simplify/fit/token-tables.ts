import type { MlpNode, MlpPartNode, Origin, Program, TensorHandle, TokenVectorsNode } from "../../ir/index.ts";
import type { HeadChange, Profile } from "../../profile/index.ts";
import type { MlpReplacement } from "../candidate.ts";
import { weightsOfHead, weightsOfLook } from "../cost.ts";
import { looksByRules } from "../heads.ts";
import type { AttendedTokens, AttendedTokensItem } from "../jobs/attended-tokens.ts";
import type { SumsByToken, TokenWritesOptions } from "../jobs/token-writes.ts";
import { FITTED_POSITIONS, type Workshop } from "../workshop.ts";
import { inBatches } from "./batches.ts";
import { explainedBy } from "./explained.ts";
import type { RuledHead, RuledHeads } from "./look-rules.ts";
import { bestOf, tablesOf, variationOf, type ShortTable, type WholeTable } from "./short-tables.ts";
import { inStream, meansByRow, writtenByHead, writtenByMlp, type Written } from "./written-sums.ts";

/** Heads that move, and MLPs that write, a vector by token. */
export interface TokenTables {
  /** Holds the heads' tensors. */
  readonly program: Program;
  readonly heads: readonly RuledHead[];
  readonly mlps: readonly MlpReplacement[];
}

/** Vocabulary times columns of everything that is added up: with more, no tables are made (128 MiB). */
const LARGEST = 2 ** 24;

/** Pairs of tokens, for all heads: with more, heads move the mean of what they move of each token (512 MiB). */
const MOST_PAIRS = 2 ** 26;

/**
 * For heads that look by rules, a vector by the attended token in place of the values that they move, such that all that the
 * head attends to comes nearest to what it writes; for MLPs, one by the token and one by the token before it. What stands first
 * in a text has a vector of its own. Each table is of low rank, and tokens that say about the same may share a row of it, so
 * that it has fewer numbers than the weights.
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
  const { engine, training, signal } = workshop;
  const { vocabulary, width, blocks } = program;
  const ruled = blocks.some(({ attention }) => attention.heads.some(looksByRules));
  const nothing = heads.length === 0 && !ruled && wanted.length === 0;
  if (nothing || 2 * vocabulary * width * blocks.length > LARGEST) return { program, heads: [], mlps: [] };
  const documents = training(FITTED_POSITIONS);
  const batches = inBatches(documents);
  const mlpSums = async (options: TokenWritesOptions): Promise<readonly Written[]> => {
    const each = await engine.map<TokenWritesOptions, (typeof batches)[number], readonly SumsByToken[]>(
      new URL("../jobs/token-writes.ts", import.meta.url),
      { programs: { program }, options },
      batches,
      { signal },
    );
    return blocks.map((_, block) =>
      writtenByMlp(
        each.flatMap((batch) => batch[block] ?? []),
        width,
      ),
    );
  };
  const current = wanted.length > 0 ? await mlpSums({ back: 0 }) : [];
  const previous = wanted.length > 0 ? await mlpSums({ back: 1, known: current.map(meansByRow) }) : [];

  const room = weightsOfHead(program) - weightsOfLook(program);
  const looking = blocks.map(({ attention }, block) =>
    attention.heads.flatMap((node, head): HeadChange[] => {
      const replacement = heads.find((change) => change.block === block && change.head === head)?.replacement ?? node;
      return replacement.moves.kind === "denseMove" && looksByRules(replacement) ? [{ block, head, replacement }] : [];
    }),
  );
  const pairs = (vocabulary + 1) ** 2 * looking.flat().length <= MOST_PAIRS;
  const attended = await engine.map<undefined, AttendedTokensItem, AttendedTokens[]>(
    new URL("../jobs/attended-tokens.ts", import.meta.url),
    { programs: { program }, options: undefined },
    looking.filter((each) => each.length > 0).map((each) => ({ documents, heads: each, pairs })),
    { signal },
  );
  const sums = attended.flat();
  const moved = looking.flat().map((change, index): MovingHead => {
    const { moves } = change.replacement;
    if (moves.kind !== "denseMove") throw new Error("Only heads with values have tables made for them.");
    const written = writtenByHead(sums[index] as AttendedTokens, program.tensors.get(moves.output), width);
    const tables = tablesOf(written.sums).map((table) => inStream(table, written, width));
    return { ...change, written, tables, table: bestOf(tables, { room }) };
  });
  const whole = await movedByTokens(workshop, program, moved, profile);
  const few = moved.map((own, index): MovingHead => {
    const explained = Math.max(0, whole.heads[index]?.explained ?? 0);
    const foreseen = explained * (profile.heads[own.block]?.[own.head]?.price ?? 0);
    return { ...own, table: bestOf(own.tables, { room, worth: { all: foreseen / own.table.share, each: worth } }) };
  });
  return {
    ...(await movedByTokens(workshop, program, few, profile)),
    mlps: blocks.flatMap(({ mlp }, block) => {
      const written = [current[block], previous[block]].flatMap((own) => own ?? []);
      const { price = 0, tokenTable } = profile.mlps[block] ?? {};
      return wanted.includes(block) && mlp.parts.some(({ kind }) => kind === "densePart")
        ? [writtenByToken(program, mlp, block, written, price * Math.max(0, tokenTable?.explained ?? 0), worth)]
        : [];
    }),
  };
}

/** A head that looks by rules, and tables of what it writes. */
interface MovingHead extends HeadChange {
  readonly written: Written;
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
  const changes = heads.map(({ block, head, replacement, written, table }) => {
    const { moves } = replacement;
    const origin = { tensors: moves.origin.tensors, passes: [...moves.origin.passes, "token-moves"] };
    const { node, tensors } = tokenVectors(program, `${replacement.id}.moves`, { back: 0, table, origin });
    for (const [name, own] of tensors) values.set(name, own);
    return { block, head, replacement: { ...replacement, moves: node }, bias: Float32Array.from(written.mean) };
  });
  const holding = { ...program, tensors: program.tensors.with(values) };
  const explained = await explainedBy(workshop, holding, changes, profile);
  return { program: holding, heads: changes.map((change, index) => ({ ...change, explained: explained[index] ?? 0 })) };
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
  written: readonly Written[],
  price: number,
  worth: number,
): MlpReplacement {
  const { width } = program;
  const origin = { tensors: mlp.origin.tensors, passes: [...mlp.origin.passes, "token-tables"] };
  const weights = mlp.parts.reduce((sum, part) => sum + (part.kind === "densePart" ? 2 * part.neurons.length : 0), 0);
  const tensors: [string, Float32Array][] = [];
  const constant = new Float32Array(width);
  let room = weights * width;
  const parts = written.map((own, back): MlpPartNode => {
    own.mean.forEach((value, index) => (constant[index] = (constant[index] as number) + value));
    const all = (price * variationOf(own.sums)) / variationOf((written[0] as Written).sums);
    const table = bestOf(tablesOf(own.sums), { room, worth: { all, each: worth } });
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
  const shape = ["time", width] as const;
  return {
    node: { kind: "tokenVectors", id, shape, origin, back, first: true, ...grouped, amounts, directions },
    tensors: [
      ...(grouped ? [[grouped.groups.name, Float32Array.from(groups)] satisfies [string, Float32Array]] : []),
      [amounts.name, table.amounts],
      [directions.name, table.directions],
    ],
  };
}
