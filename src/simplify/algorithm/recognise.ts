import { seenIn, type Seen } from "./averaged.ts";
import { byAverages } from "./by-averages.ts";
import { byLayers } from "./by-layers.ts";
import { byRelations } from "./by-relations.ts";
import type { RecogniseInput, Recognised } from "./recognised.ts";
import { recogniseRecent } from "./recent/index.ts";
import { Trials } from "./trials.ts";

/** Larger vocabularies need rules over relations between tokens, not over single ones. */
const MOST_TOKENS = 32;

/**
 * Writes a small model down as an algorithm: averages that one layer of heads takes, and scores that follow from the current
 * token and from them (compare the programs of arXiv 2602.08857). Undefined where that does not give the model's answers.
 */
export function recognise(input: RecogniseInput): Recognised | undefined {
  const recent = recogniseRecent(input);
  if (recent) return recent;
  const trials = new Trials(input);
  const seen = input.program.vocabulary <= MOST_TOKENS ? seenIn(trials) : undefined;
  for (const limit of trials.limits) {
    trials.mostFlips = limit;
    const found = (seen && tokenByToken(trials, seen)) ?? byRelations(trials);
    if (found) return found;
  }
  return undefined;
}

function tokenByToken(trials: Trials, seen: Seen): Recognised | undefined {
  const { found, isHopeless } = byAverages(trials, seen);
  const blocks = new Set(trials.trimmed.active.map(({ block }) => block));
  return found ?? (blocks.size > 1 && !isHopeless ? byLayers(trials, seen) : undefined);
}
