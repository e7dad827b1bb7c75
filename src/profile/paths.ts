import { sourcesBefore, type Program, type ScorePaths, type Source } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { HeadDescription } from "./jobs/descriptions.ts";
import type { PathOutputsOptions } from "./jobs/path-outputs.ts";
import type { PathsBySite, PathShares } from "./jobs/path-shares.ts";
import type { SourceShares } from "./jobs/source-shares.ts";
import { soleDenseLook } from "./path-scores.ts";
import type { PathEvidence, PathTerm } from "./profile.ts";

const sourceSharesJob = new URL("./jobs/source-shares.ts", import.meta.url);
const pathSharesJob = new URL("./jobs/path-shares.ts", import.meta.url);
const pathOutputsJob = new URL("./jobs/path-outputs.ts", import.meta.url);

/** Sources a side whose pairs are weighed. */
const STRONGEST_SOURCES = 20;
const STRONGEST_TERMS = 5;
/** Mean variance of scores, in nats squared, below which there is nothing but rounding to share out. */
const LEAST_VARIANCE = 1e-9;

/** Runs a job for every document of a sample. */
export type RunOnSample = <Options, Result>(
  job: URL,
  options: Options,
  items: readonly TokenDocument[],
) => Promise<Result[]>;

/**
 * For every head that looks by weights alone, the five strongest terms of its scores and how much of what it writes they
 * carry. Where a head reads from more than twenty sources, only the pairs of the twenty strongest a side are weighed:
 * those whose terms, added up over all sources of the other side, have the largest shares.
 *
 * @param means what heads write on average, by block and head
 */
export async function pathEvidence(
  program: Program,
  sample: readonly TokenDocument[],
  means: readonly (readonly Float32Array[])[],
  run: RunOnSample,
): Promise<ReadonlyMap<string, PathEvidence>> {
  const weighed = await weighedPaths(program, sample, run);
  const terms = new Map([...weighed].map(([site, all]) => [site, all.slice(0, STRONGEST_TERMS)]));
  const meansBySite = new Map(
    program.blocks.flatMap(({ attention }, block) =>
      attention.heads.flatMap(({ id }, head) => {
        const mean = means[block]?.[head];
        return mean ? [[id, mean] as const] : [];
      }),
    ),
  );
  const options = { terms, means: meansBySite };
  const results = await run<PathOutputsOptions, ReadonlyMap<string, HeadDescription>>(pathOutputsJob, options, sample);
  return new Map(
    [...terms].map(([site, strongest]) => {
      const error = total(results, (result) => result.get(site)?.error);
      const variation = total(results, (result) => result.get(site)?.variation);
      return [site, { terms: strongest, explained: variation > 0 ? 1 - error / variation : 0 }];
    }),
  );
}

/** Every term that was weighed, by head and falling magnitude of its share; without the heads whose scores do not vary. */
export async function weighedPaths(
  program: Program,
  sample: readonly TokenDocument[],
  run: RunOnSample,
): Promise<ReadonlyMap<string, readonly PathTerm[]>> {
  const sources = await strongestSources(program, sample, run);
  const results = await run<PathsBySite, ReadonlyMap<string, PathShares>>(pathSharesJob, sources, sample);
  const queries = sample.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return new Map(
    [...sources].flatMap(([site, { query, key }]) => {
      const variance = total(results, (result) => result.get(site)?.variance);
      if (!(variance > LEAST_VARIANCE * queries)) return [];
      const terms = query.flatMap((from, row) =>
        key.map((to, column) => {
          const place = row * key.length + column;
          const covariance = total(results, (result) => result.get(site)?.covariances[place]);
          return { query: from, key: to, share: covariance / variance };
        }),
      );
      return [[site, terms.sort((one, other) => Math.abs(other.share) - Math.abs(one.share))] as const];
    }),
  );
}

/** How often `pathEvidence` reads every document. */
export const readingsForPaths = (program: Program): number => (areMany(sourcesByHead(program)) ? 3 : 2);

const areMany = (sources: ReadonlyMap<string, readonly Source[]>): boolean =>
  [...sources.values()].some(({ length }) => length > STRONGEST_SOURCES);

/** What every head that is measured reads from. */
function sourcesByHead(program: Program): Map<string, Source[]> {
  return new Map(
    program.blocks.flatMap(({ attention }, block) => {
      const sources = sourcesBefore(program, { block, before: "attention" });
      return attention.heads.filter(soleDenseLook).map(({ id }) => [id, sources] as const);
    }),
  );
}

/** For every head the sources whose pairs are to be weighed. */
async function strongestSources(
  program: Program,
  sample: readonly TokenDocument[],
  run: RunOnSample,
): Promise<Map<string, ScorePaths>> {
  const all = sourcesByHead(program);
  const results = areMany(all)
    ? await run<undefined, ReadonlyMap<string, SourceShares>>(sourceSharesJob, undefined, sample)
    : [];
  const strongest = (site: string, sources: readonly Source[], side: "query" | "key"): Source[] => {
    if (sources.length <= STRONGEST_SOURCES) return [...sources];
    const share = sources.map((_, index) => Math.abs(total(results, (result) => result.get(site)?.[side][index])));
    const places = sources.map((_, index) => index);
    const taken = places.sort((one, other) => (share[other] as number) - (share[one] as number));
    return taken
      .slice(0, STRONGEST_SOURCES)
      .sort((one, other) => one - other)
      .flatMap((index) => sources[index] ?? []);
  };
  return new Map(
    [...all].map(([site, sources]) => [
      site,
      { query: strongest(site, sources, "query"), key: strongest(site, sources, "key") },
    ]),
  );
}

/** Adds up documents in their order. */
function total<Result>(results: readonly Result[], of: (result: Result) => number | undefined): number {
  return results.reduce((sum, result) => sum + (of(result) ?? 0), 0);
}
