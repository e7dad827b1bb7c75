import type { TokenDocument } from "../../text/index.ts";

/** Documents that one worker reads and adds up. */
const DOCUMENTS_AT_ONCE = 16;

/** The documents in batches of a size that does not depend on the number of workers. */
export function inBatches(documents: readonly TokenDocument[]): readonly (readonly TokenDocument[])[] {
  const batches: TokenDocument[][] = [];
  documents.forEach((document, index) => {
    if (index % DOCUMENTS_AT_ONCE === 0) batches.push([]);
    batches.at(-1)?.push(document);
  });
  return batches;
}
