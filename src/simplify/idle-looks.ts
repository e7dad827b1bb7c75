import { Comparison, type DocumentFidelity } from "../engine/index.ts";
import { mapHeads, type HeadNode, type Program } from "../ir/index.ts";
import { looksByRules } from "./heads.ts";
import { firstTokens } from "../profile/index.ts";
import type { Workshop } from "./workshop.ts";

/** Held-out tokens that are enough to say whether a look does something. */
export const HELD_OUT_TOKENS = 8000;

/** What is as good with a look as without it: a difference of held-out KL, as a share of it, that no reader would miss. */
const NEGLIGIBLE = 0.005;

/** KL above which that share stays that of this one: where much is lost already, a look must not weigh less. */
const MUCH_LOST = 0.05;

/** Standard errors that chance exceeds once in twenty times. */
const ONE_IN_TWENTY = 1.645;

/**
 * Leaves out, one after the other, looks of heads that look by rules alone which do nothing on held-out text: without them
 * KL is as good, or is worse by no more than the text could make it seem. The names of those that are gone come with the program.
 */
export async function withoutIdleLooks(
  {
    engine,
    original,
    select,
    decision,
    signal,
  }: Pick<Workshop, "engine" | "original" | "select" | "decision" | "signal">,
  program: Program,
): Promise<{ readonly program: Program; readonly idle: readonly string[] }> {
  const looks = program.blocks
    .flatMap(({ attention }) => attention.heads)
    .filter(looksByRules)
    .flatMap((head) => head.looks.map((look) => ({ head: head.id, look: look.id })));
  if (looks.length === 0) return { program, idle: [] };
  const comparison = new Comparison(engine, original, firstTokens(select, HELD_OUT_TOKENS), { decision });
  const compared = (candidate: Program): Promise<DocumentFidelity[]> => comparison.with(candidate, { signal });
  let [best, least] = [program, await compared(program)];
  const idle: string[] = [];
  for (const { head, look } of looks) {
    const candidate = mapHeads(best, (node) => (node.id === head ? withoutLook(node, look) : node));
    if (candidate === best) continue;
    const documents = await compared(candidate);
    if (!isNoWorse(least, documents)) continue;
    [best, least] = [candidate, documents];
    idle.push(look);
  }
  return { program: best, idle };
}

/** Whether KL on the same documents is as good, or worse by no more than the text could make it seem. */
export function isNoWorse(before: readonly DocumentFidelity[], after: readonly DocumentFidelity[]): boolean {
  const { rise, error, before: was } = riseOfKl(before, after);
  return rise <= Math.max(NEGLIGIBLE * Math.min(was, MUCH_LOST), ONE_IN_TWENTY * error);
}

/**
 * How much KL a position rises on the same documents, its standard error, and what it was before. Documents with the same id
 * count as one.
 */
function riseOfKl(
  before: readonly DocumentFidelity[],
  after: readonly DocumentFidelity[],
): { readonly rise: number; readonly error: number; readonly before: number } {
  const clusters = new Map<string, { positions: number; rise: number }>();
  let total = 0;
  before.forEach(({ cluster, positions, kl }, index) => {
    const sum = clusters.get(cluster) ?? { positions: 0, rise: 0 };
    const rise = (after[index]?.kl ?? kl) - kl;
    clusters.set(cluster, { positions: sum.positions + positions, rise: sum.rise + rise });
    total += kl;
  });
  const each = [...clusters.values()];
  const positions = Math.max(
    1,
    each.reduce((sum, cluster) => sum + cluster.positions, 0),
  );
  const rise = each.reduce((sum, cluster) => sum + cluster.rise, 0) / positions;
  const squares = each.reduce((sum, cluster) => sum + (cluster.rise - rise * cluster.positions) ** 2, 0);
  const error = each.length > 1 ? Math.sqrt((squares * each.length) / (each.length - 1)) / positions : 0;
  return { rise, error, before: total / positions };
}

/** The very same head where the look is its last one. */
function withoutLook(head: HeadNode, id: string): HeadNode {
  const looks = head.looks.filter((look) => look.id !== id);
  return looks.length > 0 ? { ...head, looks } : head;
}
