import type { Engine, JobWatch } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { HeadChange } from "./change-prices.ts";
import { inGroups, scoredPositions, type DocumentGroup } from "./corpus.ts";
import { drawsFor, type Sampling } from "./differentiate.ts";
import type { ChangePricesOptions } from "./jobs/change-prices.ts";
import { gatherChanges } from "./prices.ts";

/**
 * Predicted KL, in nats a scored position, of each head replacement by itself, all priced by the same backward passes.
 * The program's store must hold the replacements' tensors as well.
 */
export async function priceChanges(
  engine: Engine,
  program: Program,
  changes: readonly HeadChange[],
  documents: readonly TokenDocument[],
  { decision, seed, onDone, signal }: Sampling & JobWatch,
): Promise<number[]> {
  const draws = drawsFor(documents.length);
  const groups = await engine.map<ChangePricesOptions, DocumentGroup, Float64Array>(
    new URL("./jobs/change-prices.ts", import.meta.url),
    { programs: { program }, options: { decision, seed, draws, changes } },
    inGroups(documents),
    { onDone, signal },
  );
  return Array.from(gatherChanges(groups, scoredPositions(documents) * draws));
}
