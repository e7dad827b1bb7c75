import type { Job } from "../../engine/index.ts";
import { ChangePrices, type ChangeSums, type HeadChange } from "../change-prices.ts";
import type { DocumentGroup } from "../corpus.ts";
import { differentiate, type Sampling } from "../differentiate.ts";
import { MeanPrices, type Means, type MeanPriceSums } from "../mean-prices.ts";

/** What all groups have in common. */
export interface PricesOptions extends Sampling {
  /** For each document a number shared by documents of the same id. */
  readonly clusters: Int32Array;
  readonly means: Means;
  /** Head replacements to price besides. */
  readonly changes: readonly HeadChange[];
}

/** Sums over the documents of a group. */
export interface GroupPrices {
  readonly toMean: MeanPriceSums;
  /** In the order of the changes. */
  readonly changes: ChangeSums;
}

/** Prices means and head replacements on a group of documents, by one backward pass each. */
const prices: Job<PricesOptions, DocumentGroup, GroupPrices> = ({ program, options }, group) => {
  const loaded = program("program");
  const toMean = new MeanPrices(loaded.machine, options.means, options.clusters);
  const changes = new ChangePrices(loaded, options.changes);
  group.documents.forEach((document, offset) => {
    const index = group.first + offset;
    const { head, mlp, activations } = toMean.observer(index);
    differentiate(loaded, document, options, index, {
      mlp,
      activations,
      head(step) {
        head(step);
        changes.head(step);
      },
    });
  });
  return { toMean: toMean.sums, changes: changes.sums };
};

export default prices;
