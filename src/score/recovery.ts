import type { TokenDocument } from "../text/index.ts";
import { measureMeans, type MeanOutputs } from "./means.ts";
import { isConstant, isOpaque, type ModelOutline } from "./outline.ts";
import { klOfVariants, type Scoring } from "./scoring.ts";
import type { Change, Variant } from "./variant.ts";

/**
 * 1 - KL(rules only) / KL(everything mean-ablated): in the first, what opaque weights write is replaced by its mean; in the
 * second, what any head or MLP part writes is. Constants are their own means; embedding and unembedding are read in both.
 * 0 where no rule depends on the text.
 */
export async function measureRecovery(
  scoring: Scoring,
  calibrate: readonly TokenDocument[],
  test: readonly TokenDocument[],
): Promise<number> {
  const means = await measureMeans(scoring, calibrate);
  const variants = [
    ablation(scoring.outline, means, isOpaque),
    ablation(scoring.outline, means, (kind) => !isConstant(kind)),
  ];
  const [rulesOnly = 0, nothing = 0] = await klOfVariants(scoring, variants, test);
  return nothing === 0 ? 0 : 1 - rulesOnly / nothing;
}

/** Everything of the chosen kinds writes its mean. */
function ablation({ blocks }: ModelOutline, means: MeanOutputs, isChosen: (kind: string) => boolean): Variant {
  return blocks.flatMap(({ heads, parts }, block): Change[] => [
    ...heads.flatMap(({ move }, head): Change[] =>
      isChosen(move) ? [{ at: "head", block, head, writes: means.heads[block]?.[head] ?? [] }] : [],
    ),
    ...parts.flatMap(({ kind }, part): Change[] =>
      isChosen(kind) ? [{ at: "part", block, part, writes: means.parts[block]?.[part] ?? [] }] : [],
    ),
  ]);
}
