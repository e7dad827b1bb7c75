import { headId, mlpId } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { explainedVariance, type VarianceSums } from "./explained-variance.ts";
import type { HeadPlace } from "./jobs/simulate-heads.ts";
import { isConstant, isOpaque, type HeadOutline, type ModelOutline } from "./outline.ts";
import { runPackageJob, type Scoring } from "./scoring.ts";

/** A head answers two questions, where to look and what to move; each is worth half of what it explains. */
const HALF = 0.5;

/** What measuring rules on unseen documents gives. */
export interface Simulation {
  /** R^2 of each rule, weighted by the site's price. Opaque sites score 0, and so do constants, which foresee only the mean. */
  readonly explained: number;
  /** R^2 of each head that has a rule, or whose closest rule is known, by site. */
  readonly heads: readonly (readonly [site: string, explained: number])[];
}

/** How well rules foresee what the heads write. A rule is given what the original's head read. */
export async function measureSimulation(scoring: Scoring, documents: readonly TokenDocument[]): Promise<Simulation> {
  const { outline, sites } = scoring;
  const places = headsWithRules(outline, sites);
  if (places.length === 0) return { explained: 0, heads: [] };
  const results = await runPackageJob<TokenDocument, VarianceSums[]>(scoring, "simulate-heads", { places }, documents);
  const heads = places.map(({ block, head }, index): [string, number] => [
    headId(block, head),
    explainedVariance(results.flatMap((result) => result[index] ?? [])),
  ]);
  const priceOf = (site: string): number => sites.get(site)?.price ?? 0;
  const explained = heads.reduce(
    (sum, [site, score], index) => sum + priceOf(site) * (places[index]?.share ?? 0) * score,
    0,
  );
  const total = sitesOf(outline).reduce((sum, site) => sum + priceOf(site), 0);
  return { explained: total === 0 ? 0 : explained / total, heads };
}

/** Ids of all heads and MLPs, in model order. */
export function sitesOf({ blocks }: ModelOutline): string[] {
  return blocks.flatMap(({ heads }, block) => [...heads.map((_, head) => headId(block, head)), mlpId(block)]);
}

/**
 * The heads that a rule answers at least one question of, and how much of the head that is; then also the heads that look
 * by weights, as far as a rule for them is known, which counts for nothing here.
 */
function headsWithRules({ blocks }: ModelOutline, sites: Scoring["sites"]): (HeadPlace & { readonly share: number })[] {
  return blocks.flatMap(({ heads }, block) =>
    heads.flatMap((outline, head) => {
      const share = shareByRules(outline);
      if (share > 0) return [{ block, head, share }];
      const looks = isConstant(outline.move) ? undefined : sites.get(headId(block, head))?.closestLooks;
      return looks ? [{ block, head, share, looks }] : [];
    }),
  );
}

function shareByRules({ denseLook, move }: HeadOutline): number {
  if (isConstant(move)) return 0;
  return (denseLook === 0 ? HALF : 0) + (isOpaque(move) ? 0 : HALF);
}
