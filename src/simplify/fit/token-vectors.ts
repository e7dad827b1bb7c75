import type { Engine } from "../../engine/index.ts";
import type { Origin, Program, TensorHandle, TokenVectorsNode } from "../../ir/index.ts";
import type { ShortTable, TokenSums, WholeTable } from "./short-tables.ts";

/** Vocabulary times columns of everything that is added up: with more, no tables are made (128 MiB). */
const LARGEST = 2 ** 24;

/** Whether there is room for tables by token. */
export function haveRoom({ vocabulary, width, blocks }: Program): boolean {
  return 2 * vocabulary * width * blocks.length <= LARGEST;
}

/** The tables of each of some sums. */
export function tablesOfEach(
  engine: Engine,
  sums: readonly TokenSums[],
  signal: AbortSignal | undefined,
): Promise<WholeTable[][]> {
  return engine.map<undefined, TokenSums, WholeTable[]>(
    new URL("../jobs/short-tables.ts", import.meta.url),
    { programs: {}, options: undefined },
    sums,
    { signal },
  );
}

/** A table as a node that writes by the token that is so many back, and its tensors. */
export function tokenVectors(
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
