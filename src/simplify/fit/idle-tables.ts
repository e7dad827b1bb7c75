import type { HeadNode } from "../../ir/index.ts";
import type { Profile } from "../../profile/index.ts";
import { parametersOf } from "../cost.ts";
import type { Workshop } from "../workshop.ts";
import { explainedBy } from "./explained.ts";
import type { RuledHead, RuledHeads } from "./look-rules.ts";

/** A head without one of its tables of scores. */
interface Trial {
  readonly of: RuledHead;
  readonly replacement: HeadNode;
  readonly numbers: number;
}

/**
 * The heads without those tables of scores that foresee less than their numbers are worth; one of a head at a time.
 *
 * @param worth what each number has to foresee, in nats a position
 */
export async function withoutIdleTables(
  workshop: Workshop,
  { program, heads }: RuledHeads,
  profile: Profile,
  worth: number,
): Promise<RuledHeads> {
  const kept = new Map(heads.map((head) => [head.replacement.id, head]));
  let asked: readonly RuledHead[] = heads;
  while (asked.length > 0) {
    const trials = asked.flatMap(withoutOneTable);
    const explained = await explainedBy(
      workshop,
      program,
      trials.map(({ of, replacement }) => ({ ...of, replacement })),
      profile,
    );
    asked = asked.flatMap((of) => {
      const shorter = bestTrial(of, trials, explained, profile, worth);
      if (!shorter) return [];
      kept.set(of.replacement.id, shorter);
      return [shorter];
    });
  }
  return { program, heads: [...kept.values()] };
}

function withoutOneTable(of: RuledHead): Trial[] {
  const { looks } = of.replacement;
  return looks.flatMap((look): Trial[] => {
    const numbers = parametersOf(look);
    const replacement = { ...of.replacement, looks: looks.filter((other) => other !== look) };
    return numbers > 0 && looks.length > 1 ? [{ of, replacement, numbers }] : [];
  });
}

/** The head without the table that is worth least; undefined where each is worth its numbers. */
function bestTrial(
  of: RuledHead,
  trials: readonly Trial[],
  explained: readonly number[],
  { heads }: Profile,
  worth: number,
): RuledHead | undefined {
  const price = heads[of.block]?.[of.head]?.price ?? 0;
  let [best, most] = [undefined as RuledHead | undefined, 0];
  trials.forEach((trial, index) => {
    if (trial.of !== of) return;
    const own = explained[index] as number;
    const saved = worth * trial.numbers - price * (of.explained - own);
    if (saved > most) [best, most] = [{ ...of, replacement: trial.replacement, explained: own }, saved];
  });
  return best;
}
