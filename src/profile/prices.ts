import type { Program } from "../ir/index.ts";
import type { GroupPrices } from "./jobs/prices.ts";
import type { MeanPriceSums } from "./mean-prices.ts";
import { present, summed } from "./statistics.ts";
import { StrongestPlaces } from "./strongest-places.ts";

/** Prices over all documents, in nats a scored position. */
export interface Prices {
  readonly heads: readonly Float64Array[];
  readonly mlps: Float64Array;
  readonly neurons: readonly Float64Array[];
  /** Standard errors of the neurons' prices, from how much they differ between documents. */
  readonly neuronErrors: readonly Float64Array[];
  /** By number of the head over all blocks. */
  readonly places: StrongestPlaces;
  /** Output less mean at each head's first place: (heads, width). */
  readonly deviations: Float32Array;
  /** In the order of the changes. */
  readonly changes: Float64Array;
}

/**
 * Adds up groups in their order.
 *
 * @param drawn answers drawn in all (scored positions times draws), and the documents and draws behind them
 */
export function gatherPrices(
  program: Program,
  groups: readonly GroupPrices[],
  clusters: Int32Array,
  { answers, documents, draws }: { readonly answers: number; readonly documents: number; readonly draws: number },
): Prices {
  const each = groups.map(({ toMean }) => toMean);
  const share = (sum: number): number => sum / Math.max(1, answers);
  const ofBlock = (block: number, pick: (sums: MeanPriceSums) => readonly Float64Array[]): Float64Array =>
    summed(each.map((sums) => present(pick(sums)[block])));
  const blocks = program.blocks.map((_, block) => block);
  return {
    heads: blocks.map((block) => ofBlock(block, ({ heads }) => heads).map(share)),
    mlps: summed(each.map(({ mlps }) => mlps)).map(share),
    neurons: blocks.map((block) => ofBlock(block, ({ neurons }) => neurons).map(share)),
    neuronErrors: blocks.map((block) => {
      const sums = ofBlock(block, ({ neurons }) => neurons);
      const squares = ofBlock(block, ({ neuronSquares }) => neuronSquares);
      // The draws of one document count as one observation: they share its activations.
      return squares.map((square, neuron) => {
        const sum = sums[neuron] as number;
        return share(Math.sqrt(draws * Math.max(0, square - (sum * sum) / Math.max(1, documents * draws))));
      });
    }),
    ...gatherPlaces(program, each, clusters),
    changes: gatherChanges(
      groups.map(({ changes }) => changes),
      answers,
    ),
  };
}

/** Adds up the prices of changes in the order of the groups. */
export function gatherChanges(groups: readonly Float64Array[], answers: number): Float64Array {
  return summed(groups).map((sum) => sum / Math.max(1, answers));
}

function gatherPlaces(
  program: Program,
  groups: readonly MeanPriceSums[],
  clusters: Int32Array,
): Pick<Prices, "places" | "deviations"> {
  const { width } = program;
  const heads = program.blocks.reduce((sum, { attention }) => sum + attention.heads.length, 0);
  const places = new StrongestPlaces(heads, clusters);
  const deviations = new Float32Array(heads * width);
  for (const group of groups) {
    // A group offers its own first place first, so that whatever becomes first of all has its deviation in the group.
    places.merge(group.places, (head) =>
      deviations.set(group.deviations.subarray(head * width, (head + 1) * width), head * width),
    );
  }
  return { places, deviations };
}
