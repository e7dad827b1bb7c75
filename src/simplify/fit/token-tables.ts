import type { MlpNode, MlpPartNode, Program } from "../../ir/index.ts";
import type { Profile } from "../../profile/index.ts";
import type { MlpReplacement } from "../candidate.ts";
import type { SumsByToken, TokenWritesOptions } from "../jobs/token-writes.ts";
import { FITTED_POSITIONS, type Workshop } from "../workshop.ts";
import { inBatches } from "./batches.ts";
import { bestOf, variationOf, type WholeTable } from "./short-tables.ts";
import { haveRoom, tablesOfEach, tokenVectors } from "./token-vectors.ts";
import { meansByRow, writtenByMlp, type Written } from "./written-sums.ts";

type WrittenTables = Written & { readonly tables: readonly WholeTable[] };

/**
 * For MLPs, a vector by the token and one by the token before it in place of all that they compute; what stands first in a text
 * has one of its own beside its token's. Each table is of low rank, and tokens that say about the same may share a row of it.
 *
 * @param wanted blocks whose MLPs are asked for
 * @param worth what each number of a table has to foresee, in nats a position
 */
export async function tokenTables(
  { engine, training, signal }: Workshop,
  program: Program,
  wanted: readonly number[],
  profile: Profile,
  worth: number,
): Promise<MlpReplacement[]> {
  const dense = program.blocks.flatMap(({ mlp }, block) =>
    wanted.includes(block) && mlp.parts.some(({ kind }) => kind === "densePart") ? [{ mlp, block }] : [],
  );
  if (dense.length === 0 || !haveRoom(program)) return [];
  const batches = inBatches(training(FITTED_POSITIONS));
  const written = async (options: TokenWritesOptions): Promise<readonly Written[]> => {
    const each = await engine.map<TokenWritesOptions, (typeof batches)[number], readonly SumsByToken[]>(
      new URL("../jobs/token-writes.ts", import.meta.url),
      { programs: { program }, options },
      batches,
      { signal },
    );
    return program.blocks.map((_, block) => {
      const own = each.flatMap((batch) => batch[block] ?? []);
      return writtenByMlp(own, program.width);
    });
  };
  const current = await written({ back: 0 });
  const previous = await written({ back: 1, known: current.map(meansByRow) });
  const all = dense.map(({ block }) => [current, previous].flatMap((tables) => tables[block] ?? []));
  const tables = await tablesOfEach(
    engine,
    all.flat().map(({ sums }) => sums),
    signal,
  );
  return dense.map(({ mlp, block }, index) => {
    const { price = 0, tokenTable } = profile.mlps[block] ?? {};
    const own = (all[index] as Written[]).map((each, back): WrittenTables => ({
      ...each,
      tables: tables[2 * index + back] as WholeTable[],
    }));
    return writtenByToken(program, mlp, block, own, price * Math.max(0, tokenTable?.explained ?? 0), worth);
  });
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
  written: readonly WrittenTables[],
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
    const table = bestOf(own.tables, { room, worth: { all, each: worth } });
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
