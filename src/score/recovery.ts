import type { TokenDocument } from "../text/index.ts";
import { measureMeans, type MeanOutputs } from "./means.ts";
import type { HeadOutline, ModelOutline, RuleOutline } from "./outline.ts";
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
    ablation(scoring.outline, means, ({ standing }) => standing === "opaque"),
    ablation(scoring.outline, means, ({ standing }) => standing !== "constant"),
  ];
  const [rulesOnly = 0, nothing = 0] = await klOfVariants(scoring, variants, test);
  return nothing === 0 ? 0 : 1 - rulesOnly / nothing;
}

/** Everything that is chosen writes its mean; an opaque look of a head that writes by a rule scores all keys alike. */
function ablation({ blocks }: ModelOutline, means: MeanOutputs, isChosen: (part: RuleOutline) => boolean): Variant {
  return blocks.flatMap(({ heads, parts }, block): Change[] => [
    ...heads.flatMap((outline, head): Change[] =>
      isChosen(outline.move)
        ? [{ at: "head", block, head, writes: means.heads[block]?.[head] ?? [] }]
        : withoutOpaqueLooks(outline, block, head),
    ),
    ...parts.flatMap((outline, part): Change[] =>
      isChosen(outline) ? [{ at: "part", block, part, writes: means.parts[block]?.[part] ?? [] }] : [],
    ),
  ]);
}

function withoutOpaqueLooks({ looks }: HeadOutline, block: number, head: number): Change[] {
  const without = looks.flatMap(({ standing }, look) => (standing === "opaque" ? [look] : []));
  return without.length > 0 ? [{ at: "looks", block, head, without, instead: [] }] : [];
}
