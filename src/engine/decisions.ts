import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { Engine } from "./engine.ts";
import type { JobWatch } from "./job.ts";

/** What a program says after each of a document's scored positions, in their order. */
export interface DecisionsOfDocument {
  /** The most likely tokens. */
  readonly decisions: readonly number[];
  /** How far their scores lie above the second highest, in nats. */
  readonly margins: readonly number[];
}

/** A document with what a program says of it. */
export type DecidedDocument = TokenDocument & DecisionsOfDocument;

/** Reads documents with a program: each with its decisions, in their order. */
export async function decidedDocuments(
  engine: Engine,
  program: Program,
  documents: readonly TokenDocument[],
  watch: JobWatch = {},
): Promise<DecidedDocument[]> {
  const job = new URL("./jobs/decide.ts", import.meta.url);
  const shared = { programs: { program }, options: null };
  const decisions = await engine.map<null, TokenDocument, DecisionsOfDocument>(job, shared, documents, watch);
  return documents.map((document, index) => ({ ...document, ...(decisions[index] as DecisionsOfDocument) }));
}
