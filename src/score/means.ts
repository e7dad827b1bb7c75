import type { TokenDocument } from "../text/index.ts";
import type { OutputSums } from "./jobs/mean-outputs.ts";
import { runPackageJob, type Scoring } from "./scoring.ts";

/** What each head and each part of an MLP with neurons writes on average: [block][head or part](width). */
export interface MeanOutputs {
  readonly heads: readonly (readonly (readonly number[])[])[];
  readonly parts: readonly (readonly (readonly number[])[])[];
}

/** Measures the package's mean outputs at every position of some documents. */
export async function measureMeans(scoring: Scoring, documents: readonly TokenDocument[]): Promise<MeanOutputs> {
  const sums = await runPackageJob<TokenDocument, OutputSums>(scoring, "mean-outputs", null, documents);
  const positions = sums.reduce((sum, part) => sum + part.positions, 0);
  const meanOf = (of: (sums: OutputSums) => readonly number[]): number[] => {
    const total: number[] = [];
    for (const part of sums) of(part).forEach((value, index) => (total[index] = (total[index] ?? 0) + value));
    return total.map((value) => value / positions);
  };
  return {
    heads: scoring.outline.blocks.map(({ heads }, block) =>
      heads.map((_, head) => meanOf((part) => part.heads[block]?.[head] ?? [])),
    ),
    parts: scoring.outline.blocks.map(({ parts }, block) =>
      parts.map((_, index) => meanOf((part) => part.parts[block]?.[index] ?? [])),
    ),
  };
}
