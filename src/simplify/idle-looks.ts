import { Comparison, summarise } from "../engine/index.ts";
import { mapHeads, type HeadNode, type Program } from "../ir/index.ts";
import { looksByRules } from "./heads.ts";
import { firstTokens } from "../profile/index.ts";
import type { Workshop } from "./workshop.ts";

/** Held-out tokens that are enough to say whether a look does something. */
const HELD_OUT_TOKENS = 8000;

/** What is as good with a look as without it: a difference of held-out KL, as a share of it, that no reader would miss. */
const NEGLIGIBLE = 0.005;

/** KL above which that share stays that of this one: where much is lost already, a look must not weigh less. */
const MUCH_LOST = 0.05;

/**
 * Leaves out, one after the other, looks of heads that look by rules alone which do nothing on held-out text: without them
 * KL is as good. The names of those that are gone come with the program.
 */
export async function withoutIdleLooks(
  {
    engine,
    original,
    select,
    decision,
    signal,
    seed,
  }: Pick<Workshop, "engine" | "original" | "select" | "decision" | "signal" | "seed">,
  program: Program,
): Promise<{ readonly program: Program; readonly idle: readonly string[] }> {
  const looks = program.blocks
    .flatMap(({ attention }) => attention.heads)
    .filter(looksByRules)
    .flatMap((head) => head.looks.map((look) => ({ head: head.id, look: look.id })));
  if (looks.length === 0) return { program, idle: [] };
  const comparison = new Comparison(engine, original, firstTokens(select, HELD_OUT_TOKENS), { decision });
  const klOf = async (candidate: Program): Promise<number> =>
    summarise(await comparison.with(candidate, { signal }), seed).kl.value;
  let [best, least] = [program, await klOf(program)];
  const idle: string[] = [];
  for (const { head, look } of looks) {
    const candidate = mapHeads(best, (node) => (node.id === head ? withoutLook(node, look) : node));
    if (candidate === best) continue;
    const kl = await klOf(candidate);
    if (kl > least + NEGLIGIBLE * Math.min(least, MUCH_LOST)) continue;
    [best, least] = [candidate, kl];
    idle.push(look);
  }
  return { program: best, idle };
}

/** The very same head where the look is its last one. */
function withoutLook(head: HeadNode, id: string): HeadNode {
  const looks = head.looks.filter((look) => look.id !== id);
  return looks.length > 0 ? { ...head, looks } : head;
}
