import { headId, mlpId } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { explainedVariance, type VarianceSums } from "./explained-variance.ts";
import type { SimulatedSite } from "./jobs/simulate-sites.ts";
import type { HeadOutline, ModelOutline } from "./outline.ts";
import { runPackageJob, type Scoring } from "./scoring.ts";

/** A head answers two questions, where to look and what to move; each is worth half of what it explains. */
const HALF = 0.5;

/** What measuring rules on unseen documents gives. */
export interface Simulation {
  /** R^2 of each rule, weighted by the site's price. Opaque sites score 0, and so do constants, which foresee only the mean. */
  readonly explained: number;
  /**
   * R^2 of the best rule known of each site: of what stands there, and of heads by how much a rule foresees of where the
   * original's look, whatever they move.
   */
  readonly sites: readonly (readonly [site: string, explained: number])[];
}

/** A site to judge, and how much of its R^2 its rules earn. */
interface Judged {
  readonly id: string;
  readonly site: SimulatedSite;
  readonly share: number;
}

/** What a rule foresees and misses of its site, document by document. */
export type Simulated = Judged & { readonly sums: readonly VarianceSums[] };

/** Gives every rule what the original's part read. */
export async function simulatedSites(scoring: Scoring, documents: readonly TokenDocument[]): Promise<Simulated[]> {
  const { outline, sites } = scoring;
  const judged = outline.blocks.flatMap((_, block) => [
    ...judgedHeads(outline, sites, block),
    ...judgedMlp(outline, block),
  ]);
  if (judged.length === 0) return [];
  const options = { sites: judged.map(({ site }) => site) };
  const results = await runPackageJob<TokenDocument, VarianceSums[]>(scoring, "simulate-sites", options, documents);
  return judged.map((each, index) => ({ ...each, sums: results.flatMap((result) => result[index] ?? []) }));
}

/** How well rules foresee what heads and MLPs write. */
export async function measureSimulation(scoring: Scoring, documents: readonly TokenDocument[]): Promise<Simulation> {
  const { outline, sites } = scoring;
  const simulated = await simulatedSites(scoring, documents);
  const scores = simulated.map(({ id, sums }): [string, number] => [id, explainedVariance(sums)]);
  const priceOf = (site: string): number => sites.get(site)?.price ?? 0;
  const explained = scores.reduce(
    (sum, [site, score], index) => sum + priceOf(site) * (simulated[index]?.share ?? 0) * score,
    0,
  );
  const total = sitesOf(outline).reduce((sum, site) => sum + priceOf(site), 0);
  return { explained: total === 0 ? 0 : explained / total, sites: [...bestOf(scores)] };
}

/** The highest score of each site. */
function bestOf(scores: readonly (readonly [site: string, score: number])[]): Map<string, number> {
  const best = new Map<string, number>();
  for (const [site, score] of scores) best.set(site, Math.max(score, best.get(site) ?? 0));
  return best;
}

/** Ids of all heads and MLPs, in model order. */
export function sitesOf({ blocks }: ModelOutline): string[] {
  return blocks.flatMap(({ heads }, block) => [...heads.map((_, head) => headId(block, head)), mlpId(block)]);
}

/**
 * The heads that a rule answers at least one question of; and, which counts for nothing here, how well a rule foresees where
 * the original's head looks, with the original's values: the closest one that is known of it, whatever stands in its place,
 * and its own where it moves by a rule too.
 */
function judgedHeads({ blocks }: ModelOutline, sites: Scoring["sites"], block: number): Judged[] {
  const heads = blocks[block]?.heads ?? [];
  return heads.flatMap((outline, head): Judged[] => {
    const id = headId(block, head);
    const share = shareByRules(outline);
    const looks = sites.get(id)?.closestLooks;
    return [
      ...(share > 0 ? [{ id, site: { block, head }, share }] : []),
      ...(share === 2 * HALF ? [{ id, site: { block, head, moves: "original" as const }, share: 0 }] : []),
      ...(looks ? [{ id, site: { block, head, looks, moves: "original" as const }, share: 0 }] : []),
    ];
  });
}

function shareByRules({ looksBy, move }: HeadOutline): number {
  if (move.standing === "constant") return 0;
  return (looksBy === "rule" ? HALF : 0) + (move.standing === "rule" ? HALF : 0);
}

/** An MLP's rules are judged without its opaque parts, by how much they foresee of all that the original's MLP wrote. */
function judgedMlp({ blocks }: ModelOutline, block: number): Judged[] {
  const outlines = blocks[block]?.parts ?? [];
  const parts = outlines.flatMap(({ standing }, part) => (standing === "rule" ? [part] : []));
  return parts.length > 0 ? [{ id: mlpId(block), site: { block, parts }, share: 1 }] : [];
}
