import type { Job } from "../../engine/index.ts";
import { ChangePrices, type HeadChange } from "../change-prices.ts";
import type { DocumentGroup } from "../corpus.ts";
import { differentiate, type Drawing } from "../differentiate.ts";

/** What all groups have in common. */
export interface ChangePricesOptions extends Drawing {
  readonly changes: readonly HeadChange[];
}

/** Prices head replacements on a group of documents, by backward passes. */
const changePrices: Job<ChangePricesOptions, DocumentGroup, Float64Array> = ({ program, options }, group) => {
  const loaded = program("program");
  const changes = new ChangePrices(loaded, options.changes);
  group.documents.forEach((document, offset) =>
    differentiate(loaded, document, options, group.first + offset, () => ({ head: (step) => changes.head(step) })),
  );
  return changes.sums;
};

export default changePrices;
