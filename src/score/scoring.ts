import type { Engine } from "../engine/index.ts";
import { CompilerError } from "../errors.ts";
import type { Program } from "../ir/index.ts";
import type { Decision, TokenDocument } from "../text/index.ts";
import type { ModelOutline } from "./outline.ts";
import type { BuiltPackage, PackageJob } from "./package-jobs.ts";
import type { ManifestSite } from "./manifest.ts";
import type { Variant } from "./variant.ts";

/** What every measurement of one package shares. */
export interface Scoring {
  /** The package's folder, for messages. */
  readonly folder: string;
  readonly engine: Engine;
  readonly built: BuiltPackage;
  readonly outline: ModelOutline;
  /** The original, lifted and otherwise unchanged. */
  readonly original: Program;
  readonly sites: ReadonlyMap<string, ManifestSite>;
  readonly decision: Decision;
  readonly isText: boolean;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs a job with the package, and with the original beside it, on every item.
 *
 * @throws CompilerError package-broken where the package's code fails; the signal's reason when it is aborted
 */
export async function runPackageJob<Item, Result>(
  { folder, engine, built, original, signal }: Pick<Scoring, "folder" | "engine" | "built" | "original" | "signal">,
  job: PackageJob,
  options: unknown,
  items: readonly Item[],
  onDone?: (done: number, total: number) => void,
): Promise<Result[]> {
  try {
    return await engine.map(built.job(job), { programs: { original }, options }, items, { signal, onDone });
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw CompilerError.of("package-broken", { path: folder, reason });
  }
}

/** The first documents, until there are about so many scored positions. */
export function firstPositions(documents: readonly TokenDocument[], positions: number): TokenDocument[] {
  let counted = 0;
  return documents.filter(({ scored }) => {
    if (counted >= positions) return false;
    counted += scored.length;
    return true;
  });
}

/** Number of scored positions. */
export function positionsOf(documents: readonly TokenDocument[]): number {
  return documents.reduce((sum, { scored }) => sum + scored.length, 0);
}

/** KL(original || changed package) per scored position, for each variant. */
export async function klOfVariants(
  scoring: Scoring,
  variants: readonly Variant[],
  documents: readonly TokenDocument[],
): Promise<number[]> {
  if (variants.length === 0) return [];
  const options = { decision: scoring.decision, variants };
  const sums = await runPackageJob<TokenDocument, number[]>(scoring, "measure-variants", options, documents);
  const positions = positionsOf(documents);
  return variants.map((_, index) => sums.reduce((sum, row) => sum + (row[index] ?? 0), 0) / positions);
}
