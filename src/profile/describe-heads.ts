import type { Engine, JobWatch } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { HeadChange } from "./change-prices.ts";
import { inGroups, type DocumentGroup } from "./corpus.ts";
import { gatherDescriptions } from "./descriptions.ts";
import type { DescriptionsOptions, GroupDescriptions } from "./jobs/descriptions.ts";

/**
 * How much of what heads write on some documents other heads in their place foresee: R^2 relative to the means, in the order
 * of the changes.
 *
 * @param means of what each block's heads write (width)
 */
export async function describeHeads(
  engine: Engine,
  program: Program,
  changes: readonly HeadChange[],
  means: readonly (readonly Float32Array[])[],
  documents: readonly TokenDocument[],
  { signal }: JobWatch,
): Promise<readonly number[]> {
  const tables = { rowOf: new Int32Array(), tokens: 0, blocks: [] };
  const groups = await engine.map<DescriptionsOptions, DocumentGroup, GroupDescriptions>(
    new URL("./jobs/descriptions.ts", import.meta.url),
    { programs: { program }, options: { means: { heads: means, mlps: [], neurons: [] }, changes, tables } },
    inGroups(documents),
    { signal },
  );
  return gatherDescriptions(groups, 0).heads;
}
