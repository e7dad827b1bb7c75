import type { GroupDescriptions, MlpDescription } from "./jobs/descriptions.ts";
import type { TokenTableFit } from "./profile.ts";
import { summed } from "./statistics.ts";

/** How much of what sites do on held-out text their descriptions foresee. */
export interface Descriptions {
  /** In the order of the changes. */
  readonly heads: readonly number[];
  readonly mlps: readonly {
    /** The better one of two tables. */
    readonly table: TokenTableFit;
    /** Of each neuron, by the token that is read; empty where that was not measured. */
    readonly neurons: readonly number[];
  }[];
}

/**
 * Adds up groups in their order.
 *
 * @param tokens that the tables have rows for
 */
export function gatherDescriptions(groups: readonly GroupDescriptions[], tokens: number): Descriptions {
  const [first] = groups;
  const sum = (of: (group: GroupDescriptions) => number): number =>
    groups.reduce((total, group) => total + of(group), 0);
  return {
    heads: (first?.heads ?? []).map((_, index) =>
      explained(
        sum(({ heads }) => heads[index]?.error ?? 0),
        sum(({ heads }) => heads[index]?.variation ?? 0),
      ),
    ),
    mlps: (first?.mlps ?? []).map((_, block) => {
      const each = groups.flatMap(({ mlps }) => mlps[block] ?? []);
      const total = (of: (mlp: MlpDescription) => number): number => each.reduce((all, mlp) => all + of(mlp), 0);
      const variation = total((mlp) => mlp.variation);
      const current = explained(
        total((mlp) => mlp.current),
        variation,
      );
      const previous = explained(
        total((mlp) => mlp.previous),
        variation,
      );
      const errors = summed(each.map(({ neuronError }) => neuronError));
      const variations = summed(each.map(({ neuronVariation }) => neuronVariation));
      return {
        table:
          previous > current
            ? { by: "previous token", explained: previous, tokens }
            : { by: "current token", explained: current, tokens },
        neurons: Array.from(errors, (error, neuron) => explained(error, variations[neuron] ?? 0)),
      };
    }),
  };
}

/** R^2 relative to the calibration mean; 0 for what never varies. */
function explained(error: number, variation: number): number {
  return variation > 0 ? 1 - error / variation : 0;
}
