import { handlesOf, type Program } from "../../ir/index.ts";
import { describeHeads, type HeadChange, type Profile } from "../../profile/index.ts";
import type { Candidate } from "../candidate.ts";
import type { LedgerEntry } from "../ledger.ts";
import { significant } from "../select.ts";
import type { Workshop } from "../workshop.ts";

/** Documents that are enough to say how much a rule explains. */
const HELD_OUT_DOCUMENTS = 32;

/** Share of what heads of a program write on held-out text that other heads in their place foresee. */
export function explainedBy(
  workshop: Workshop,
  program: Program,
  changes: readonly HeadChange[],
  profile: Profile,
): Promise<readonly number[]> {
  const means = profile.heads.map((block) => block.map(({ mean }) => Float32Array.from(mean)));
  const heldOut = workshop.select.slice(0, HELD_OUT_DOCUMENTS);
  return describeHeads(workshop.engine, program, changes, means, heldOut, workshop);
}

/** The entries, with what rules of heads explain measured again: looks were left out, numbers fitted. */
export async function explainedAgain(
  workshop: Workshop,
  profile: Profile,
  { before, after, accepted }: Record<"before" | "after", Program> & { readonly accepted: readonly Candidate[] },
  entries: readonly Omit<LedgerEntry, "step">[],
): Promise<Omit<LedgerEntry, "step">[]> {
  const changes = accepted.flatMap(({ site, explained, replacement }) => {
    if (replacement.kind !== "head" || explained === undefined) return [];
    const { block, head, bias } = replacement;
    const [was, is] = [before, after].map(({ blocks }) => blocks[block]?.attention.heads[head]);
    if (!was || !is) return [];
    // The values that a head moves by weights are those it had: fitted ones have the same names.
    const moves = is.moves.kind === "denseMove" ? was.moves : is.moves;
    return [{ site, explained, block, head, replacement: { ...is, moves }, ...(bias && { bias }) }];
  });
  if (changes.length === 0) return [...entries];
  const handles = changes
    .flatMap(({ replacement: { looks, moves } }) => [...looks, ...(moves.kind === "denseMove" ? [] : [moves])])
    .flatMap(handlesOf);
  const tensors = before.tensors.with(handles.map((handle) => [handle.name, after.tensors.get(handle)] as const));
  const measured = await explainedBy(workshop, { ...before, tensors }, changes, profile);
  return entries.map((entry) => {
    const index = changes.findIndex(({ site }) => site === entry.site);
    const [change, explained] = [changes[index], measured[index]];
    if (!change || explained === undefined) return entry;
    const [was, is] = [change.explained, explained].map((share) => (100 * Math.max(0, share)).toFixed(0));
    return {
      ...entry,
      explained: significant(Math.max(0, explained)),
      reason: was === is ? entry.reason : `${entry.reason}; ${is} % as it is in the end`,
    };
  });
}
