import { headId, mlpId, type LiftConfig } from "../ir/index.ts";
import type { Coverage } from "../report/index.ts";
import { isConstant, isOpaque, type HeadOutline, type ModelOutline } from "./outline.ts";
import type { ManifestSite } from "./manifest.ts";
import type { Simulation } from "./simulation.ts";

/** The sizes of the original that coverage is counted against. */
export type OriginalSizes = Pick<LiftConfig, "layers" | "heads" | "width" | "inner" | "context" | "vocabulary"> & {
  readonly parameters: number;
};

/**
 * Counts what of the original a package's running model still has.
 *
 * @param tensorValues all that its weights hold
 * @param explained how well rules foresee what heads write
 */
export function coverageOf(
  outline: ModelOutline,
  sizes: OriginalSizes,
  tensorValues: number,
  sites: ReadonlyMap<string, ManifestSite>,
  explained: Simulation["heads"],
): Omit<Coverage, "decided"> {
  const heads = outline.blocks.flatMap((block) => block.heads);
  const dense = outline.blocks.flatMap(({ parts }) => parts).reduce((sum, { neurons }) => sum + neurons, 0);
  const total = sizes.layers * sizes.inner;
  return {
    headsSymbolicQk: heads.filter(looksByRule).length,
    headsSymbolic: heads.filter((head) => looksByRule(head) && !isOpaque(head.move)).length,
    heads: sizes.layers * sizes.heads,
    neurons: { constant: total - dense, affine: 0, table: 0, rule: 0, guarded: 0, total },
    parametersNoLongerRead: 1 - tensorValues / sizes.parameters,
    flopsNoLongerRun: 1 - multiplicationsOf(outline, sizes) / originalMultiplications(sizes),
    described: describedShare(outline, sites, new Map(explained)),
  };
}

function looksByRule({ denseLook, move }: HeadOutline): boolean {
  return denseLook === 0 || isConstant(move);
}

/** Multiplications for one token at half the context. */
function originalMultiplications(sizes: OriginalSizes): number {
  const { layers, heads, width, inner, vocabulary } = sizes;
  const head = headMultiplications({ denseLook: width / heads, denseMove: width / heads, move: "dense" }, sizes);
  return layers * (heads * head + 2 * width * inner) + width * vocabulary;
}

function multiplicationsOf({ blocks }: ModelOutline, sizes: OriginalSizes): number {
  const { width, vocabulary } = sizes;
  return blocks.reduce(
    (sum, { heads, parts }) =>
      sum +
      heads.reduce((own, head) => own + headMultiplications(head, sizes), 0) +
      parts.reduce((own, { neurons }) => own + 2 * width * neurons, 0),
    width * vocabulary,
  );
}

/** Query, key and value, scores, weighted sum, output. */
function headMultiplications(
  { denseLook, denseMove, move }: Pick<HeadOutline, "denseLook" | "denseMove" | "move">,
  { width, context }: OriginalSizes,
): number {
  if (isConstant(move)) return 0;
  return denseLook * (2 * width + context / 2) + denseMove * (2 * width + context / 2);
}

/**
 * Price-weighted score of each site's best description; null where nothing is described. Heads count by what was measured of
 * their rules, MLPs by what the manifest says of the table that describes them; what is constant foresees nothing.
 */
function describedShare(
  { blocks }: ModelOutline,
  sites: ReadonlyMap<string, ManifestSite>,
  explained: ReadonlyMap<string, number>,
): number | null {
  const described = blocks.flatMap(({ heads, parts }, block) => [
    ...heads.map((_, head) => ({ site: headId(block, head), score: explained.get(headId(block, head)) })),
    {
      site: mlpId(block),
      score: parts.every(({ kind }) => isConstant(kind)) ? undefined : sites.get(mlpId(block))?.described,
    },
  ]);
  if (described.every(({ score }) => score === undefined)) return null;
  const priceOf = (site: string): number => sites.get(site)?.price ?? 0;
  const total = described.reduce((sum, { site }) => sum + priceOf(site), 0);
  if (total === 0) return null;
  return described.reduce((sum, { site, score = 0 }) => sum + priceOf(site) * Math.max(0, score), 0) / total;
}
