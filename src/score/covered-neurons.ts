import { mlpId } from "../ir/index.ts";
import type { Coverage } from "../report/index.ts";
import type { OriginalSizes } from "./coverage.ts";
import type { ManifestSite, NeuronClaims } from "./manifest.ts";
import type { ModelOutline, PartOutline } from "./outline.ts";
import { writeKind } from "./rule-kinds.ts";

/** What can stand for neurons, other than a constant. */
const KINDS = ["affine", "table", "rule", "guarded"] as const;

type Counts = Coverage["neurons"];

/**
 * How many of the original's neurons no longer run, by what stands for them. That they are gone is counted in what runs.
 * What they became is the manifest's word, which counts where its sums agree with what runs, and where the MLP has a part
 * of that kind; all others are constant.
 */
export function coveredNeurons(
  { blocks }: ModelOutline,
  { layers, inner }: Pick<OriginalSizes, "layers" | "inner">,
  sites: ReadonlyMap<string, ManifestSite>,
): Counts {
  const counts = { constant: 0, affine: 0, table: 0, rule: 0, guarded: 0, total: layers * inner };
  blocks.forEach(({ parts }, block) => {
    const dense = parts.reduce((sum, { neurons }) => sum + neurons, 0);
    const claims = sites.get(mlpId(block))?.neurons;
    let left = Math.max(0, inner - dense);
    for (const kind of isConsistent(claims, inner, dense) ? KINDS : []) {
      const claimed = parts.some((part) => standsFor(part) === kind) ? (claims?.[kind] ?? 0) : 0;
      counts[kind] += claimed;
      left -= claimed;
    }
    counts.constant += left;
  });
  return counts;
}

function isConsistent(claims: NeuronClaims | undefined, inner: number, dense: number): boolean {
  if (!claims) return false;
  const replaced = KINDS.reduce((sum, kind) => sum + (claims[kind] ?? 0), claims.constant);
  return claims.total === inner && claims.dense === dense && replaced === inner - dense;
}

function standsFor({ kind, standing }: PartOutline): string | undefined {
  if (kind === "affine") return kind;
  return standing === "rule" ? writeKind(kind)?.standsFor : undefined;
}
