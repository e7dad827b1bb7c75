import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { Engine } from "./engine.ts";
import type { JobWatch } from "./job.ts";
import type { SampleItem } from "./jobs/sample.ts";

/** Texts that a model writes for itself: enough for the smaller splits to hold a few dozen. */
const DOCUMENTS = 560;

/** Most tokens of one text. */
const LENGTH = 256;

/** The model's own samples at temperature 1, each from a token drawn evenly from the vocabulary. */
export function sampleDocuments(
  engine: Engine,
  program: Program,
  { seed, ...watch }: { readonly seed: number } & JobWatch,
): Promise<TokenDocument[]> {
  const items = Array.from({ length: DOCUMENTS }, (_, index): SampleItem => ({
    id: `self/${index}`,
    seed: seed + index,
    length: Math.min(LENGTH, program.context),
  }));
  return engine.map(new URL("./jobs/sample.ts", import.meta.url), { programs: { program }, options: {} }, items, watch);
}
