import { createRandom, type Engine, type JobWatch, type Random } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { scoredPositions } from "./corpus.ts";
import type { Sampling } from "./differentiate.ts";
import type { MeanCostsItem, MeanCostsOptions } from "./jobs/mean-costs.ts";
import type { Profile } from "./profile.ts";
import { median, spearman } from "./rank-correlation.ts";
import type { MeanSite } from "./site-changes.ts";
import { systematicSample, type Drawn } from "./systematic-sample.ts";

/** How near predicted prices are to what replacing one part by its mean really costs. */
export interface Calibration {
  /** Parts that were replaced, one at a time. */
  readonly sample: number;
  /** Rank correlation of predicted and true KL; null where the sample has no order. */
  readonly spearman: number | null;
  /** Median of predicted over true KL; null where nothing cost anything. */
  readonly medianRatio: number | null;
}

/** Calibration of the prices of heads, and of those of neurons. */
export interface PriceCalibration {
  readonly heads: Calibration;
  readonly neurons: Calibration;
}

const MOST_HEADS = 32;
const NEURONS = 48;
/** How much of the held-out text is drawn for each part to measure what it truly costs. */
const DRAWN_TOKENS = 9000;

/** A part with the price that the profile gives it. */
export interface PricedSite {
  readonly site: MeanSite;
  /** Predicted KL of its mean, in nats a scored position. */
  readonly price: number;
}

/**
 * Replaces a sample of heads (all, at most 32) and neurons (about 48, spread over the ranks of their prices in each block)
 * by their means, one at a time, and compares what that costs on held-out text with the price that the profile predicts.
 */
export async function calibratePrices(
  engine: Engine,
  program: Program,
  profile: Profile,
  heldOut: readonly TokenDocument[],
  { decision, seed, ...watch }: Sampling & JobWatch,
): Promise<PriceCalibration> {
  const heads = headSample(program, profile, createRandom(seed, 0));
  const neurons = neuronSample(program, profile, createRandom(seed, 1));
  const sites = [...heads, ...neurons].map(({ site }) => site);
  const costs = await trueCosts(engine, program, sites, heldOut, { decision, seed, ...watch });
  return {
    heads: calibration(heads, costs.slice(0, heads.length)),
    neurons: calibration(neurons, costs.slice(heads.length)),
  };
}

/**
 * KL(program || program with one site at its mean), in nats a scored position, in the order of the sites. Each site is
 * measured on documents drawn for it, those more probably where its mean changes more: what fires in a few documents is seen
 * in them (Horvitz and Thompson 1952).
 */
export async function trueCosts(
  engine: Engine,
  program: Program,
  sites: readonly MeanSite[],
  documents: readonly TokenDocument[],
  { decision, seed, ...watch }: Sampling & JobWatch,
): Promise<number[]> {
  const sizes = await engine.map<{ readonly sites: readonly MeanSite[] }, TokenDocument, Float64Array>(
    new URL("./jobs/change-sizes.ts", import.meta.url),
    { programs: { program }, options: { sites } },
    documents,
    { ...(watch.signal && { signal: watch.signal }) },
  );
  const tokens = documents.reduce((sum, document) => sum + document.tokens.length, 0);
  const count = Math.ceil((documents.length * DRAWN_TOKENS) / Math.max(DRAWN_TOKENS, tokens));
  const drawn = sites.map((_, index): readonly Drawn[] =>
    systematicSample(
      sizes.map((size) => size[index] as number),
      count,
      createRandom(seed, 2, index),
    ),
  );
  const items = documents.flatMap((document, place): MeanCostsItem[] => {
    const chosen = drawn.flatMap((places, index) => (places.some(({ index: at }) => at === place) ? [index] : []));
    return chosen.length > 0 ? [{ document, chosen }] : [];
  });
  const results = await engine.map<MeanCostsOptions, MeanCostsItem, Float64Array>(
    new URL("./jobs/mean-costs.ts", import.meta.url),
    { programs: { program }, options: { decision, sites } },
    items,
    watch,
  );
  const costs = sites.map(() => 0);
  items.forEach(({ document, chosen }, item) =>
    chosen.forEach((site, place) => {
      const probability = drawn[site]?.find(({ index }) => documents[index] === document)?.probability ?? 1;
      costs[site] = (costs[site] as number) + (results[item]?.[place] ?? 0) / probability;
    }),
  );
  const positions = Math.max(1, scoredPositions(documents));
  return costs.map((cost) => cost / positions);
}

function calibration(sites: readonly PricedSite[], costs: readonly number[]): Calibration {
  const prices = sites.map(({ price }) => price);
  const ratios = costs.flatMap((cost, index) => (cost > 0 ? [(prices[index] as number) / cost] : []));
  return { sample: sites.length, spearman: spearman(prices, costs), medianRatio: median(ratios) };
}

/** Heads that are not constant yet. */
export function headSample(program: Program, profile: Profile, random: Random, most = MOST_HEADS): PricedSite[] {
  const all = program.blocks.flatMap(({ attention }, block) =>
    attention.heads.flatMap(({ moves }, head): PricedSite[] => {
      const measured = profile.heads[block]?.[head];
      if (!measured || moves.kind === "constantMove") return [];
      return [{ site: { at: "head", block, head, mean: Float32Array.from(measured.mean) }, price: measured.price }];
    }),
  );
  return all.length <= most ? all : spread(all, most, random);
}

/** Neurons of dense parts, the same number of every block. */
export function neuronSample(program: Program, profile: Profile, random: Random, count = NEURONS): PricedSite[] {
  const each = Math.ceil(count / Math.max(1, program.blocks.length));
  return program.blocks.flatMap(({ mlp }, block) => {
    let before = 0;
    const all = mlp.parts.flatMap((node, part) => {
      if (node.kind !== "densePart") return [];
      const first = before;
      before += node.neurons.length;
      return node.neurons.flatMap((_, row): PricedSite[] => {
        const measured = profile.mlps[block]?.neurons[first + row];
        return measured
          ? [{ site: { at: "neuron", block, part, row, mean: measured.mean }, price: measured.price }]
          : [];
      });
    });
    return spread(all, each, random);
  });
}

/** One of each of so many equal ranges of ranks by price; all where there are no more. */
function spread(sites: readonly PricedSite[], count: number, random: Random): PricedSite[] {
  const ranked = [...sites].sort((a, b) => a.price - b.price);
  if (ranked.length <= count) return ranked;
  return Array.from({ length: count }, (_, range) => {
    const place = ((range + random()) * ranked.length) / count;
    return ranked[Math.min(ranked.length - 1, Math.floor(place))] as PricedSite;
  });
}
