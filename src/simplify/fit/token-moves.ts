import type { Program } from "../../ir/index.ts";
import type { HeadChange, Profile } from "../../profile/index.ts";
import { weightsOfHead, weightsOfLook } from "../cost.ts";
import { looksByRules } from "../heads.ts";
import type { AttendedTokens, AttendedTokensItem } from "../jobs/attended-tokens.ts";
import { FITTED_POSITIONS, type Workshop } from "../workshop.ts";
import { explainedBy } from "./explained.ts";
import type { RuledHeads } from "./look-rules.ts";
import { bestOf, type ShortTable, type WholeTable } from "./short-tables.ts";
import { haveRoom, tablesOfEach, tokenVectors } from "./token-vectors.ts";
import { inStream, writtenByHead, type Written } from "./written-sums.ts";

/** Pairs of tokens, for all heads: with more, heads move the mean of what they move of each token (512 MiB). */
const MOST_PAIRS = 2 ** 26;

/** A head that looks by rules, and tables of what it writes. */
interface MovingHead extends HeadChange {
  readonly written: Written;
  readonly tables: readonly WholeTable[];
  readonly table: ShortTable;
}

/**
 * For heads that look by rules, a vector by the attended token in place of the values that they move, such that all that the
 * head attends to comes nearest to what it writes. What stands first in a text moves a vector of its own beside its token's. Each
 * table is of low rank, and tokens that say about the same may share a row of it, so that it has fewer numbers than the weights.
 *
 * @param ruled heads that look by weights so far, with the rules in their place
 * @param worth what each number of a table has to foresee, in nats a position
 */
export async function tokenMoves(
  workshop: Workshop,
  { program, heads }: RuledHeads,
  profile: Profile,
  worth: number,
): Promise<RuledHeads> {
  const { engine, training, signal } = workshop;
  const { vocabulary, width, blocks } = program;
  const byBlock = blocks.map(({ attention }, block) =>
    attention.heads.flatMap((node, head): HeadChange[] => {
      const replacement = heads.find((change) => change.block === block && change.head === head)?.replacement ?? node;
      return replacement.moves.kind === "denseMove" && looksByRules(replacement) ? [{ block, head, replacement }] : [];
    }),
  );
  const looking = byBlock.flat();
  if (looking.length === 0 || !haveRoom(program)) return { program, heads: [] };
  const pairs = (vocabulary + 1) ** 2 * looking.length <= MOST_PAIRS;
  const documents = training(FITTED_POSITIONS);
  const sums = await engine.map<undefined, AttendedTokensItem, AttendedTokens[]>(
    new URL("../jobs/attended-tokens.ts", import.meta.url),
    { programs: { program }, options: undefined },
    byBlock.filter((each) => each.length > 0).map((each) => ({ documents, heads: each, pairs })),
    { signal },
  );
  const written = sums.flat().map((own, index) => {
    const moves = looking[index]?.replacement.moves;
    if (moves?.kind !== "denseMove") throw new Error("Only heads with values have tables made for them.");
    return writtenByHead(own, program.tensors.get(moves.output), width);
  });
  const tables = await tablesOfEach(
    engine,
    written.map((own) => own.sums),
    signal,
  );
  const room = weightsOfHead(program) - weightsOfLook(program);
  const moving = looking.map((change, index): MovingHead => {
    const own = written[index] as Written;
    const all = (tables[index] as WholeTable[]).map((table) => inStream(table, own, width));
    return { ...change, written: own, tables: all, table: bestOf(all, { room }) };
  });
  const whole = await movedByTokens(workshop, program, moving, profile);
  const few = moving.map((own, index): MovingHead => {
    const explained = Math.max(0, whole.heads[index]?.explained ?? 0);
    const foreseen = explained * (profile.heads[own.block]?.[own.head]?.price ?? 0);
    return { ...own, table: bestOf(own.tables, { room, worth: { all: foreseen / own.table.share, each: worth } }) };
  });
  return movedByTokens(workshop, program, few, profile);
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
