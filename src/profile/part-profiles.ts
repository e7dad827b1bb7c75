import { headId, mlpId } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { Descriptions } from "./descriptions.ts";
import { firingContext } from "./firing-context.ts";
import type { Directions, DirectTokens } from "./jobs/directions.ts";
import type { KernelChange } from "./kernel-changes.ts";
import type { MatchChange } from "./match-changes.ts";
import type { Prices } from "./prices.ts";
import type { HeadProfile, KernelFit, MatchFit, MlpProfile, NeuronProfile, PathEvidence, RuleFit } from "./profile.ts";
import type { Statistics } from "./statistics.ts";
import type { Place } from "./strongest-places.ts";

/** All that was measured, before it is arranged part by part. */
export interface Measured {
  readonly documents: readonly TokenDocument[];
  /** What prices, and the places where heads do most, were measured on. */
  readonly priced: readonly TokenDocument[];
  readonly statistics: Statistics;
  readonly prices: Prices;
  /** What prices and descriptions list one after the other. */
  readonly kernels: readonly KernelChange[];
  readonly matches: readonly MatchChange[];
  readonly descriptions: Descriptions;
  /** By head. */
  readonly paths: ReadonlyMap<string, PathEvidence>;
  /** By MLP. */
  readonly rules: ReadonlyMap<string, readonly RuleFit[]>;
  readonly directions: readonly Directions[];
  readonly tokens: readonly DirectTokens[];
}

/** What was measured of each head. */
export function headProfiles(measured: Measured): HeadProfile[][] {
  const { statistics, prices, tokens } = measured;
  let slot = 0;
  return statistics.heads.map((heads, block) =>
    heads.map(({ mean, attention }, head) => {
      const [first = 0, self = 0, previous = 0, within12 = 0] = attention;
      const fit = kernelFit(measured, block, head);
      const matched = matchFit(measured, block, head);
      const number = slot++;
      const site = headId(block, head);
      const paths = measured.paths.get(site);
      return {
        site,
        mean: Array.from(mean),
        price: prices.heads[block]?.[head] ?? 0,
        attention: { first, self, previous, within12 },
        ...(fit && { kernelFit: fit }),
        ...(matched && { matchFit: matched }),
        ...(paths && { paths }),
        contexts: contexts(measured.priced, prices.places.of(number)),
        raises: tokens[0]?.raises[number] ?? [],
        lowers: tokens[0]?.lowers[number] ?? [],
      };
    }),
  );
}

function kernelFit({ kernels, prices, descriptions }: Measured, block: number, head: number): KernelFit | undefined {
  const index = kernels.findIndex((change) => change.block === block && change.head === head);
  const change = kernels[index];
  if (!change) return undefined;
  const { rule, sink } = change;
  return { rule, sink, predictedKl: prices.changes[index] ?? 0, explained: descriptions.heads[index] ?? 0 };
}

function matchFit(measured: Measured, block: number, head: number): MatchFit | undefined {
  const { kernels, matches, prices, descriptions } = measured;
  const index = matches.findIndex((change) => change.block === block && change.head === head);
  const change = matches[index];
  if (!change) return undefined;
  const at = kernels.length + index;
  return { ...change.matched, predictedKl: prices.changes[at] ?? 0, explained: descriptions.heads[at] ?? 0 };
}

/** What was measured of each MLP and its neurons. */
export function mlpProfiles(measured: Measured): MlpProfile[] {
  const { statistics, prices, directions, tokens, descriptions } = measured;
  return statistics.mlps.map((mlp, block) => {
    const described = descriptions.mlps[block];
    const direct = tokens.filter((_, index) => {
      const item = directions[index];
      return item?.kind === "neurons" && item.block === block;
    });
    const raises = direct.flatMap((part) => part.raises);
    const lowers = direct.flatMap((part) => part.lowers);
    const rules = measured.rules.get(mlpId(block));
    const neurons = Array.from(mlp.neuronMeans, (mean, neuron): NeuronProfile => {
      const explainedByToken = described?.neurons[neuron];
      return {
        mean,
        deviation: mlp.neuronDeviations[neuron] ?? 0,
        active: mlp.neuronActive[neuron] ?? 0,
        price: prices.neurons[block]?.[neuron] ?? 0,
        priceError: prices.neuronErrors[block]?.[neuron] ?? 0,
        ...(explainedByToken !== undefined && { explainedByToken }),
        contexts: contexts(measured.documents, mlp.places.of(neuron)),
        raises: raises[neuron] ?? [],
        lowers: lowers[neuron] ?? [],
      };
    });
    return {
      site: mlpId(block),
      price: prices.mlps[block] ?? 0,
      mean: Array.from(mlp.mean),
      ...(described && { tokenTable: described.table }),
      ...(rules && { rules }),
      neurons,
    };
  });
}

const contexts = (documents: readonly TokenDocument[], places: readonly Place[]) =>
  places.map((place) => firingContext(documents, place));
