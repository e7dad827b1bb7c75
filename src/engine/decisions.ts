import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { Engine } from "./engine.ts";
import type { JobWatch } from "./job.ts";

/** A document, and what a program takes for the most likely token after each of its scored positions. */
export interface DecidedDocument extends TokenDocument {
  readonly decisions: readonly number[];
}

/** Reads documents with a program: each with its decisions, in their order. */
export async function decidedDocuments(
  engine: Engine,
  program: Program,
  documents: readonly TokenDocument[],
  watch: JobWatch = {},
): Promise<DecidedDocument[]> {
  const job = new URL("./jobs/decide.ts", import.meta.url);
  const shared = { programs: { program }, options: null };
  const decisions = await engine.map<null, TokenDocument, number[]>(job, shared, documents, watch);
  return documents.map((document, index) => ({ ...document, decisions: decisions[index] as number[] }));
}
