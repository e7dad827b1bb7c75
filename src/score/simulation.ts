import { headId, mlpId } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { explainedVariance, type VarianceSums } from "./explained-variance.ts";
import type { HeadPlace } from "./jobs/simulate-heads.ts";
import { isConstant, isOpaque, type HeadOutline, type ModelOutline } from "./outline.ts";
import { runPackageJob, type Scoring } from "./scoring.ts";

/** A head answers two questions, where to look and what to move; each is worth half of what it explains. */
const HALF = 0.5;

/**
 * How well rules foresee what the sites write on unseen documents: the R^2 of each, weighted by the site's price.
 * A rule is given what the original's site read. Opaque sites score 0, and so do constants, which foresee only the mean.
 */
export async function measureSimulation(scoring: Scoring, documents: readonly TokenDocument[]): Promise<number> {
  const places = ruleHeads(scoring.outline);
  if (places.length === 0) return 0;
  const results = await runPackageJob<TokenDocument, VarianceSums[]>(scoring, "simulate-heads", { places }, documents);
  const explained = places.reduce((sum, { block, head, share }, index) => {
    const sums = results.flatMap((result) => result[index] ?? []);
    return sum + priceOf(scoring, headId(block, head)) * share * explainedVariance(sums);
  }, 0);
  const total = sitesOf(scoring.outline).reduce((sum, site) => sum + priceOf(scoring, site), 0);
  return total === 0 ? 0 : explained / total;
}

/** Ids of all heads and MLPs, in model order. */
export function sitesOf({ blocks }: ModelOutline): string[] {
  return blocks.flatMap(({ heads }, block) => [...heads.map((_, head) => headId(block, head)), mlpId(block)]);
}

/** The heads that a rule answers at least one question of, and how much of the head that is. */
function ruleHeads({ blocks }: ModelOutline): (HeadPlace & { readonly share: number })[] {
  return blocks.flatMap(({ heads }, block) =>
    heads.flatMap((outline, head) => {
      const share = shareByRules(outline);
      return share > 0 ? [{ block, head, share }] : [];
    }),
  );
}

function shareByRules({ denseLook, move }: HeadOutline): number {
  if (isConstant(move)) return 0;
  return (denseLook === 0 ? HALF : 0) + (isOpaque(move) ? 0 : HALF);
}

function priceOf({ prices }: Scoring, site: string): number {
  return prices.get(site)?.price ?? 0;
}
