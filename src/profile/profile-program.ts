import type { Engine, JobWatch } from "../engine/index.ts";
import { headId, mlpId, type Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { clustersOf, inGroups, scoredPositions, type DocumentGroup } from "./corpus.ts";
import type { Sampling } from "./differentiate.ts";
import { firingContext } from "./firing-context.ts";
import type { Directions, DirectTokens } from "./jobs/directions.ts";
import type { GroupPrices, PricesOptions } from "./jobs/prices.ts";
import type { GroupStatistics, StatisticsOptions } from "./jobs/statistics.ts";
import { kernelChanges, type KernelChange } from "./kernel-changes.ts";
import type { Means } from "./mean-prices.ts";
import { gatherPrices, type Prices } from "./prices.ts";
import type { HeadProfile, MlpProfile, NeuronProfile, Profile } from "./profile.ts";
import { gatherStatistics, type Statistics } from "./statistics.ts";
import type { Place } from "./strongest-places.ts";

const statisticsJob = new URL("./jobs/statistics.ts", import.meta.url);
const pricesJob = new URL("./jobs/prices.ts", import.meta.url);
const directionsJob = new URL("./jobs/directions.ts", import.meta.url);

/** Seed of the answers that are drawn, how an answer is read, and how the work is watched and stopped. */
export type ProfileOptions = Sampling & JobWatch;

/**
 * Reads the documents twice: once for means and attention, once, with the backward pass, for what every replacement by
 * a mean or by a kernel would cost and where each head does most.
 */
export async function profileProgram(
  engine: Engine,
  program: Program,
  documents: readonly TokenDocument[],
  { decision, seed, onDone, signal }: ProfileOptions,
): Promise<Profile> {
  const groups = inGroups(documents);
  const parts = neuronParts(program);
  const total = 2 * groups.length + parts.length + 1;
  const run = async <Options, Item, Result>(job: URL, before: number, options: Options, items: readonly Item[]) => {
    const watch = { signal, onDone: onDone && ((done: number) => onDone(before + done, total)) };
    return engine.map<Options, Item, Result>(job, { programs: { program }, options }, items, watch);
  };

  const clusters = clustersOf(documents);
  const longest = documents.reduce((most, { tokens }) => Math.max(most, tokens.length), 1);
  const statistics = gatherStatistics(
    program,
    await run<StatisticsOptions, DocumentGroup, GroupStatistics>(statisticsJob, 0, { clusters, longest }, groups),
    clusters,
  );

  const changes = kernelChanges(program, statistics, documents, longest);
  const options = { decision, seed, clusters, means: meansOf(statistics), changes };
  const positions = scoredPositions(documents);
  const prices = gatherPrices(
    program,
    await run<PricesOptions, DocumentGroup, GroupPrices>(pricesJob, groups.length, options, groups),
    clusters,
    positions,
  );

  const directions: Directions[] = [{ kind: "rows", rows: prices.deviations }, ...parts];
  const tokens = await run<undefined, Directions, DirectTokens>(
    directionsJob,
    2 * groups.length,
    undefined,
    directions,
  );
  const measured = { program, documents, statistics, prices, changes, directions, tokens };
  return { documents: documents.length, positions, heads: headProfiles(measured), mlps: mlpProfiles(measured) };
}

/** All that was measured, before it is arranged part by part. */
interface Measured {
  readonly program: Program;
  readonly documents: readonly TokenDocument[];
  readonly statistics: Statistics;
  readonly prices: Prices;
  readonly changes: readonly KernelChange[];
  readonly directions: readonly Directions[];
  readonly tokens: readonly DirectTokens[];
}

function neuronParts(program: Program): Directions[] {
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

function headProfiles(measured: Measured): HeadProfile[][] {
  const { statistics, prices, tokens } = measured;
  let slot = 0;
  return statistics.heads.map((heads, block) =>
    heads.map(({ mean, attention }, head) => {
      const [first = 0, self = 0, previous = 0, within12 = 0] = attention;
      const fit = kernelFit(measured, block, head);
      const number = slot++;
      return {
        site: headId(block, head),
        mean: Array.from(mean),
        price: prices.heads[block]?.[head] ?? 0,
        attention: { first, self, previous, within12 },
        ...(fit && { kernelFit: fit }),
        contexts: contexts(measured, prices.places.of(number)),
        raises: tokens[0]?.raises[number] ?? [],
        lowers: tokens[0]?.lowers[number] ?? [],
      };
    }),
  );
}

function kernelFit({ changes, prices }: Measured, block: number, head: number): HeadProfile["kernelFit"] {
  const index = changes.findIndex((change) => change.block === block && change.head === head);
  const change = changes[index];
  if (!change) return undefined;
  const variation = prices.variation[block]?.[head] ?? 0;
  const error = prices.changes.error[index] ?? 0;
  return {
    rule: change.rule,
    sink: change.sink,
    predictedKl: prices.changes.price[index] ?? 0,
    explained: variation > 0 ? 1 - error / variation : 1,
  };
}

function mlpProfiles(measured: Measured): MlpProfile[] {
  const { statistics, prices, directions, tokens } = measured;
  return statistics.mlps.map((mlp, block) => {
    const direct = tokens.filter((_, index) => {
      const item = directions[index];
      return item?.kind === "neurons" && item.block === block;
    });
    const raises = direct.flatMap((part) => part.raises);
    const lowers = direct.flatMap((part) => part.lowers);
    const neurons = Array.from(mlp.neuronMeans, (mean, neuron): NeuronProfile => ({
      mean,
      deviation: mlp.neuronDeviations[neuron] ?? 0,
      active: mlp.neuronActive[neuron] ?? 0,
      price: prices.neurons[block]?.[neuron] ?? 0,
      contexts: contexts(measured, mlp.places.of(neuron)),
      raises: raises[neuron] ?? [],
      lowers: lowers[neuron] ?? [],
    }));
    return { site: mlpId(block), price: prices.mlps[block] ?? 0, mean: Array.from(mlp.mean), neurons };
  });
}

const contexts = ({ documents }: Measured, places: readonly Place[]) =>
  places.map((place) => firingContext(documents, place));
