import { ObservedModel } from "../../profile/index.ts";
import { attendedBy } from "./attended.ts";
import { GAIN, NEGLIGIBLE_KL, type Candidate } from "./finish.ts";
import type { Recognised } from "./recognised.ts";
import { alikeTokens, fittedRelations } from "./relations.ts";
import { MUCH_TOO_MANY, type Trials } from "./trials.ts";

/** What a number of scores that speak of relations has to take off the KL. */
const RELATION_WORTH = 1e-4;

/** By relations between tokens that are alike: only the last block's heads have a say, earlier ones in where they look. */
export function byRelations(trials: Trials): Recognised | undefined {
  const { program, decision, words, select } = trials.input;
  const { active, idle, program: trimmed } = trials.trimmed;
  const alike = alikeTokens(words);
  if (alike.size === 0 || active.length === 0) return undefined;
  const last = Math.max(...active.map(({ block }) => block));
  const heads = active.filter(({ block }) => block === last);
  const observations = new ObservedModel(trimmed).observe(trials.calibrate);
  const worth = RELATION_WORTH;
  const relations = { observations, words, context: program.context, decision, alike, heads, worth };
  let best: Candidate | undefined;
  let adjustedKl = Infinity;
  for (const found of fittedRelations(relations)) {
    const tried = { ...found, idle, fidelity: trials.judged(found.algorithm) };
    const notes = found.notes.join("; ");
    if (tried.fidelity.flips > MUCH_TOO_MANY) {
      trials.note("rejected", "model", tried, `${notes}, before numbers are adjusted`);
      continue;
    }
    const finishing = trials.finishing(tried, observations, worth);
    const adjusted = finishing.adjust();
    if (adjusted.fidelity.kl > GAIN * adjustedKl) {
      trials.note("rejected", "model", adjusted, `${notes}, when numbers are adjusted`);
      continue;
    }
    adjustedKl = adjusted.fidelity.kl;
    const next = finishing.shorten();
    const stands = trials.isAllowed(next) && next.fidelity.kl < GAIN * (best?.fidelity.kl ?? Infinity);
    trials.note(stands ? "accepted" : "rejected", "model", next, notes);
    if (stands) best = next;
    if (best && best.fidelity.kl <= NEGLIGIBLE_KL) break;
  }
  return (
    best && {
      ...best,
      explained: best.heads.map(() => 0),
      attended: attendedBy(best.algorithm, words, select),
      ledger: trials.ledger,
    }
  );
}
