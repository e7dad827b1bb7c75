import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { Engine } from "./engine.ts";
import type { JobWatch } from "./job.ts";
import type { SampleOptions } from "./jobs/sample.ts";

/** Texts that a model writes for itself: enough for the smaller splits to hold a few dozen. */
const DOCUMENTS = 560;

/** Most tokens of one text. */
const LENGTH = 256;

/** The model's own samples at temperature 1, each from a token drawn evenly from the vocabulary. */
export async function sampleDocuments(
  engine: Engine,
  program: Program,
  { seed, documents = DOCUMENTS, ...watch }: { readonly seed: number; readonly documents?: number } & JobWatch,
): Promise<TokenDocument[]> {
  const options = { seed, length: Math.min(LENGTH, program.context) };
  const texts = await engine.map<SampleOptions, number, number[]>(
    new URL("./jobs/sample.ts", import.meta.url),
    { programs: { program }, options },
    Array.from({ length: documents }, (_, index) => index),
    watch,
  );
  return texts.map((tokens, index) => ({
    id: `self/${index}`,
    domain: "self",
    tokens,
    position: 0,
    scored: tokens.map((_, time) => time),
  }));
}
