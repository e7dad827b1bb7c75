import { headId, mlpId, type LiftConfig } from "../ir/index.ts";
import type { Coverage } from "../report/index.ts";
import type { ManifestSite } from "./manifest.ts";
import type { ModelOutline } from "./outline.ts";
import { coveredNeurons } from "./covered-neurons.ts";
import type { Simulation } from "./simulation.ts";

/** The sizes of the original that coverage is counted against. */
export type OriginalSizes = Pick<LiftConfig, "layers" | "heads" | "width" | "inner" | "context" | "vocabulary"> & {
  readonly parameters: number;
};

/**
 * Counts what of the original a package's running model still has.
 *
 * @param tensorValues all that its weights hold
 * @param explained how well rules foresee what heads and MLPs write
 */
export function coverageOf(
  outline: ModelOutline,
  sizes: OriginalSizes,
  tensorValues: number,
  sites: ReadonlyMap<string, ManifestSite>,
  explained: Simulation["sites"],
): Omit<Coverage, "decided"> {
  const heads = outline.blocks.flatMap((block) => block.heads);
  const byRule = heads.filter(({ looksBy }) => looksBy === "rule");
  return {
    headsSymbolicQk: byRule.length,
    headsSymbolic: byRule.filter(({ move }) => move.standing !== "opaque").length,
    heads: sizes.layers * sizes.heads,
    neurons: coveredNeurons(outline, sizes, sites),
    parametersNoLongerRead: 1 - tensorValues / sizes.parameters,
    flopsNoLongerRun: 1 - multiplicationsOf(outline, sizes) / originalMultiplications(sizes),
    described: describedShare(outline, sites, new Map(explained)),
  };
}

/** Multiplications for one token at half the context: query, key and value, scores, weighted sum, output, neurons. */
function originalMultiplications({ layers, width, inner, vocabulary, context }: OriginalSizes): number {
  return layers * (2 * width * (2 * width + context / 2) + 2 * width * inner) + width * vocabulary;
}

function multiplicationsOf({ blocks }: ModelOutline, { width, vocabulary }: OriginalSizes): number {
  const sum = (parts: readonly { readonly multiplications: number }[]): number =>
    parts.reduce((total, { multiplications }) => total + multiplications, 0);
  return blocks.reduce(
    (total, { heads, parts }) =>
      total +
      heads.reduce((own, { looks, move }) => own + (move.standing === "constant" ? 0 : sum([...looks, move])), 0) +
      sum(parts),
    width * vocabulary,
  );
}

/**
 * Price-weighted score of each site's best description; null where nothing is described. Heads count by what was measured of
 * their rules, MLPs by that or by what the manifest says of the table that describes them, whichever is more. What stands
 * for a site does not matter: a constant foresees nothing, but the site may still be described.
 */
function describedShare(
  { blocks }: ModelOutline,
  sites: ReadonlyMap<string, ManifestSite>,
  explained: ReadonlyMap<string, number>,
): number | null {
  const described = blocks.flatMap(({ heads }, block) => [
    ...heads.map((_, head) => ({ site: headId(block, head), score: explained.get(headId(block, head)) })),
    { site: mlpId(block), score: larger(explained.get(mlpId(block)), sites.get(mlpId(block))?.described) },
  ]);
  if (described.every(({ score }) => score === undefined)) return null;
  const priceOf = (site: string): number => sites.get(site)?.price ?? 0;
  const total = described.reduce((sum, { site }) => sum + priceOf(site), 0);
  if (total === 0) return null;
  return described.reduce((sum, { site, score = 0 }) => sum + priceOf(site) * Math.max(0, score), 0) / total;
}

function larger(one: number | undefined, other: number | undefined): number | undefined {
  return one !== undefined && other !== undefined ? Math.max(one, other) : (one ?? other);
}
