import type { Engine, JobWatch } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { clustersOf, firstTokens, inGroups, scoredPositions, type DocumentGroup } from "./corpus.ts";
import { gatherDescriptions } from "./descriptions.ts";
import { drawsFor, type Sampling } from "./differentiate.ts";
import type { DescriptionsOptions, GroupDescriptions } from "./jobs/descriptions.ts";
import type { Directions, DirectTokens } from "./jobs/directions.ts";
import type { GroupPrices, PricesOptions } from "./jobs/prices.ts";
import type { GroupStatistics, StatisticsOptions } from "./jobs/statistics.ts";
import { kernelChanges } from "./kernel-changes.ts";
import { matchChanges } from "./match-changes.ts";
import { matchDocuments } from "./match-cells.ts";
import type { Means } from "./mean-prices.ts";
import { pathSample } from "./path-sample.ts";
import { pathEvidence, readingsForPaths } from "./paths.ts";
import { headProfiles, mlpProfiles } from "./part-profiles.ts";
import { gatherPrices } from "./prices.ts";
import type { Profile, RuleFit } from "./profile.ts";
import type { RuleFitsItem, RuleFitsOptions } from "./jobs/rule-fits.ts";
import { gatherStatistics, type Statistics } from "./statistics.ts";
import { TokenTableMaking } from "./token-tables.ts";

const statisticsJob = new URL("./jobs/statistics.ts", import.meta.url);
const pricesJob = new URL("./jobs/prices.ts", import.meta.url);
const descriptionsJob = new URL("./jobs/descriptions.ts", import.meta.url);
const ruleFitsJob = new URL("./jobs/rule-fits.ts", import.meta.url);
const directionsJob = new URL("./jobs/directions.ts", import.meta.url);

/** Groups whose sums by token are in memory at a time. */
const GROUPS_AT_ONCE = 8;

/** Held-out tokens that descriptions are tried on: about 30 windows of text. */
const HELD_OUT_TOKENS = 8000;

/** Tokens that rules are searched on, and as many that they are measured on. */
const RULE_TOKENS = 4000;

/** Seed of the answers that are drawn, how an answer is read, and how the work is watched and stopped. */
export type ProfileOptions = Sampling & JobWatch;

/** What a profile is made from. */
export interface ProfileText {
  readonly calibrate: readonly TokenDocument[];
  /** Text that prices are measured on, the more the better for neurons that seldom fire; by default the same. */
  readonly priced?: readonly TokenDocument[];
  /**
   * Text that nothing is fitted to: says how well rules, tables and terms of scores describe. The first 8,000 tokens are
   * read, and the first 2,000 or so for terms of scores (see pathSample).
   */
  readonly heldOut: readonly TokenDocument[];
}

/**
 * Reads calibration text for means, attention and tables by token, and text for prices, with backward passes, for what every
 * replacement by a mean or by a kernel would cost and where each head does most. Then it tries, on held-out text, how well
 * kernels and the strongest terms of their scores describe heads, and tables MLPs and neurons.
 */
export async function profileProgram(
  engine: Engine,
  program: Program,
  { calibrate: documents, priced = documents, heldOut }: ProfileText,
  { decision, seed, onDone, signal }: ProfileOptions,
): Promise<Profile> {
  const groups = inGroups(documents);
  const pricedGroups = inGroups(priced);
  const heldOutGroups = inGroups(firstTokens(heldOut, HELD_OUT_TOKENS));
  const parts = neuronParts(program);
  const sample = pathSample(program, heldOut);
  const total =
    groups.length +
    pricedGroups.length +
    heldOutGroups.length +
    readingsForPaths(program) * sample.length +
    2 * parts.length +
    1;
  let before = 0;
  const run = async <Options, Item, Result>(job: URL, options: Options, items: readonly Item[]) => {
    const watch = { signal, onDone: onDone && ((done: number) => onDone(before + done, total)) };
    const results = await engine.map<Options, Item, Result>(job, { programs: { program }, options }, items, watch);
    before += items.length;
    return results;
  };

  const clusters = clustersOf(documents);
  const longest = documents.reduce((most, { tokens }) => Math.max(most, tokens.length), 1);
  const making = new TokenTableMaking(documents, program.vocabulary);
  const sums: Omit<GroupStatistics, "byToken">[] = [];
  for (let first = 0; first < groups.length; first += GROUPS_AT_ONCE) {
    const some = groups.slice(first, first + GROUPS_AT_ONCE);
    const options = { clusters, longest, matched: matchDocuments(documents).length };
    for (const result of await run<StatisticsOptions, DocumentGroup, GroupStatistics>(statisticsJob, options, some)) {
      const { byToken, ...rest } = result;
      making.add(byToken);
      sums.push(rest);
    }
  }
  const statistics = gatherStatistics(program, sums, clusters);
  const means = meansOf(statistics);

  const kernels = kernelChanges(program, statistics, documents, longest);
  const matches = matchChanges(program, statistics, documents, longest);
  const changes = [...kernels, ...matches];
  const draws = drawsFor(priced.length);
  const pricedClusters = clustersOf(priced);
  const prices = gatherPrices(
    program,
    await run<PricesOptions, DocumentGroup, GroupPrices>(
      pricesJob,
      { decision, seed, draws, clusters: pricedClusters, means, changes },
      pricedGroups,
    ),
    pricedClusters,
    { answers: scoredPositions(priced) * draws, documents: priced.length, draws },
  );

  const tables = making.tables(means);
  const descriptions = gatherDescriptions(
    await run<DescriptionsOptions, DocumentGroup, GroupDescriptions>(
      descriptionsJob,
      { means, changes, tables },
      heldOutGroups,
    ),
    tables.tokens,
  );

  const paths = await pathEvidence(program, sample, means.heads, run);

  const ruleOptions = {
    sets: program.tokenSets.map(({ name, tokens }) => ({ name, tokens })),
    calibrate: firstTokens(documents, RULE_TOKENS),
    heldOut: firstTokens(heldOut, RULE_TOKENS),
  };
  const searched = await run<RuleFitsOptions, RuleFitsItem, RuleFit[]>(ruleFitsJob, ruleOptions, parts);
  const rules = new Map(
    program.blocks.map(({ mlp }, block) => [
      mlp.id,
      parts.flatMap((part, index) => (part.block === block ? (searched[index] ?? []) : [])),
    ]),
  );

  const directions: Directions[] = [{ kind: "rows", rows: prices.deviations }, ...parts];
  const tokens = await run<undefined, Directions, DirectTokens>(directionsJob, undefined, directions);
  const measured = {
    documents,
    priced,
    statistics,
    prices,
    kernels,
    matches,
    descriptions,
    paths,
    rules,
    directions,
    tokens,
  };
  return {
    documents: documents.length,
    positions: scoredPositions(documents),
    heads: headProfiles(measured),
    mlps: mlpProfiles(measured),
  };
}

function neuronParts(program: Program): Extract<Directions, { kind: "neurons" }>[] {
  return program.blocks.flatMap(({ mlp }, block) =>
    mlp.parts.flatMap(({ kind }, part) => (kind === "densePart" ? [{ kind: "neurons" as const, block, part }] : [])),
  );
}

function meansOf({ heads, mlps }: Statistics): Means {
  return {
    heads: heads.map((block) => block.map(({ mean }) => Float32Array.from(mean))),
    mlps: mlps.map(({ mean }) => Float32Array.from(mean)),
    neurons: mlps.map(({ neuronMeans }) => Float32Array.from(neuronMeans)),
  };
}
