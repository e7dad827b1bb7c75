import type { Engine, JobWatch } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { HeadChange } from "./change-prices.ts";
import { inGroups, scoredPositions, type DocumentGroup } from "./corpus.ts";
import { drawsFor, type Sampling } from "./differentiate.ts";
import type { ColumnSums, GroupSurvey, SurveyOptions } from "./jobs/survey.ts";
import { summed } from "./statistics.ts";

/** What holding a column at a constant costs. */
export interface ColumnPrice {
  readonly mean: number;
  /** The constant that costs least KL: the mean weighted by the squared gradient (optimal ablation, Li and Janson 2024). */
  readonly constant: number;
  /** Predicted KL, in nats a position, of the best constant, of the mean, and of 0. */
  readonly price: number;
  readonly meanPrice: number;
  readonly zeroPrice: number;
  /** Standard error of the prices, from how much backward passes differ. */
  readonly error: number;
}

/** Prices of columns by the site that they belong to: "block00.head01.looks", "block00.head01.moves" and MLP parts. */
export type ColumnPrices = ReadonlyMap<string, readonly ColumnPrice[]>;

/** What replacements would cost the program as it is, in predicted KL, nats a scored position. */
export interface Survey {
  readonly columns: ColumnPrices;
  /** In the order of what was asked for. */
  readonly changes: readonly number[];
}

/** Prices replacements in the program as it is, all by the same backward passes. */
export async function survey(
  engine: Engine,
  program: Program,
  documents: readonly TokenDocument[],
  changes: readonly HeadChange[],
  { decision, seed, onDone, signal }: Sampling & JobWatch,
): Promise<Survey> {
  const draws = drawsFor(documents.length);
  const groups = await engine.map<SurveyOptions, DocumentGroup, GroupSurvey>(
    new URL("./jobs/survey.ts", import.meta.url),
    { programs: { program }, options: { decision, seed, draws, changes } },
    inGroups(documents),
    { onDone, signal },
  );
  const sites = [...new Set(groups.flatMap((group) => [...group.columns.keys()]))];
  const passes = documents.length * draws;
  const answers = Math.max(1, scoredPositions(documents) * draws);
  const share = (of: (group: GroupSurvey) => Float64Array): number[] =>
    Array.from(summed(groups.map(of)), (sum) => sum / answers);
  return {
    columns: new Map(
      sites.map((site) => [
        site,
        pricesOf(
          groups.flatMap((group) => group.columns.get(site) ?? []),
          passes,
          draws,
          answers,
        ),
      ]),
    ),
    changes: share((group) => group.changes),
  };
}

function pricesOf(groups: readonly ColumnSums[], passes: number, draws: number, answers: number): ColumnPrice[] {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const sum = (of: (sums: ColumnSums) => Float64Array): Float64Array => summed(groups.map(of));
  const [value, weight] = [sum((group) => group.value), sum((group) => group.weight)];
  const [weighted, square] = [sum((group) => group.weighted), sum((group) => group.weightedSquare)];
  const passSquare = sum((group) => group.passSquare);
  return Array.from(value, (total, column): ColumnPrice => {
    const mean = total / rows;
    const [g2, g2a, g2a2] = [weight[column] as number, weighted[column] as number, square[column] as number];
    const constant = g2 > 0 ? g2a / g2 : mean;
    const priceOf = (held: number): number => Math.max(0, g2a2 - 2 * held * g2a + held * held * g2) / (2 * answers);
    const spread = Math.max(0, (passSquare[column] as number) - (g2a2 * g2a2) / passes);
    const price = priceOf(constant);
    // Passes differ as much, in proportion, whatever the constant; the draws of a document count as one observation.
    const error = g2a2 > 0 ? (price / g2a2) * Math.sqrt(draws * spread) : 0;
    return { mean, constant, price, meanPrice: priceOf(mean), zeroPrice: priceOf(0), error };
  });
}
