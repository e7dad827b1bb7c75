import type { Program } from "../ir/index.ts";
import { headBases, survey, type Profile, type Survey } from "../profile/index.ts";
import { alignHeads } from "./exact/align-heads.ts";
import { lookRules, type RuledHead } from "./fit/look-rules.ts";
import { withTokenClasses } from "./fit/token-classes.ts";
import type { Workshop } from "./workshop.ts";

/** What replacements would cost a program as it is, and the rules that were fitted to it. */
export interface Surveyed extends Pick<Survey, "columns"> {
  /** Heads that look by rules, each with its predicted KL. */
  readonly heads: readonly (RuledHead & { readonly price: number })[];
}

/** Documents that are enough to find the bases of heads, and classes of tokens: what is dropped is then priced on all. */
const BASES_SHARE = 4;

/** The program with its heads in the bases in which columns can be left out one by one, and what everything would cost there. */
export async function surveyed(
  workshop: Workshop,
  program: Program,
  profile: Profile,
): Promise<{ readonly program: Program; readonly surveyed: Surveyed }> {
  const { engine, calibrate } = workshop;
  const some = calibrate.filter((_, index) => index % BASES_SHARE === 0);
  const aligned = alignHeads(program, await headBases(engine, program, some, workshop));
  const ruled = await lookRules(workshop, await withTokenClasses(workshop, aligned, some), profile);
  const { columns, changes } = await survey(engine, ruled.program, calibrate, ruled.heads, workshop);
  return {
    program: ruled.program,
    surveyed: { columns, heads: ruled.heads.map((head, index) => ({ ...head, price: changes[index] as number })) },
  };
}
