import type { Job } from "../../engine/index.ts";
import { ChangePrices, type HeadChange } from "../change-prices.ts";
import type { DocumentGroup } from "../corpus.ts";
import { differentiate, type Drawing } from "../differentiate.ts";
import { MeanPrices, type Means, type MeanPriceSums } from "../mean-prices.ts";

/** What all groups have in common. */
export interface PricesOptions extends Drawing {
  /** For each document a number shared by documents of the same id. */
  readonly clusters: Int32Array;
  readonly means: Means;
  /** Head replacements to price besides. */
  readonly changes: readonly HeadChange[];
}

/** Sums over the documents of a group, and over the answers drawn for each. */
export interface GroupPrices {
  readonly toMean: MeanPriceSums;
  /** Of predicted KL in nats, in the order of the changes. */
  readonly changes: Float64Array;
}

/** Prices means and head replacements on a group of documents, by backward passes. */
const prices: Job<PricesOptions, DocumentGroup, GroupPrices> = ({ program, options }, group) => {
  const loaded = program("program");
  const toMean = new MeanPrices(loaded.machine, options.means, options.clusters);
  const changes = new ChangePrices(loaded, options.changes);
  group.documents.forEach((document, offset) => {
    const index = group.first + offset;
    differentiate(loaded, document, options, index, (draw) => {
      const { head, mlp, activations } = toMean.observer(index, document.scored, draw);
      return {
        mlp,
        activations,
        head(step) {
          head(step);
          changes.head(step);
        },
      };
    });
  });
  return { toMean: toMean.sums, changes: changes.sums };
};

export default prices;
