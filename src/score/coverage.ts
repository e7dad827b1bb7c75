import type { Coverage } from "../report/index.ts";
import { isConstant, isOpaque, type HeadOutline, type ModelOutline } from "./outline.ts";
import { sitesOf } from "./simulation.ts";
import type { SitePrice } from "./manifest.ts";

/** The sizes of the original that coverage is counted against. */
export interface OriginalSizes {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly inner: number;
  readonly context: number;
  readonly vocabulary: number;
  readonly parameters: number;
}

/** Counts what of the original a package's running model still has. `tensorValues` is all that its weights hold. */
export function coverageOf(
  outline: ModelOutline,
  sizes: OriginalSizes,
  tensorValues: number,
  prices: ReadonlyMap<string, SitePrice>,
): Coverage {
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
    described: describedShare(outline, prices),
    decided: 0,
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

/** Price-weighted score of each site's best rule; null where no site says. */
function describedShare(outline: ModelOutline, prices: ReadonlyMap<string, SitePrice>): number | null {
  const sites = sitesOf(outline).flatMap((site) => prices.get(site) ?? []);
  const total = sites.reduce((sum, { price }) => sum + price, 0);
  if (total === 0 || sites.every(({ described }) => described === undefined)) return null;
  return sites.reduce((sum, { price, described = 0 }) => sum + price * Math.max(0, described), 0) / total;
}
