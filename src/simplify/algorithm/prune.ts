import type { Algorithm } from "../../runtime/index.ts";
import { landscapeOf } from "./gradient.ts";
import { numbersOf, withNumbers } from "./numbers.ts";
import type { Held } from "./layout.ts";
import { polished, spreadFor } from "./polish.ts";
import { removalsOf, type Removal } from "./removals.ts";
import { tidied, type Shorter } from "./tidy.ts";
import { isLayered } from "./written.ts";

const MOST_POSITIONS = 400;
/** Where averages go by others, more positions of a document cost next to nothing. */
const MOST_LAYERED = 1500;
const SWEEPS = 8;
const STEPS = 25;

/**
 * The algorithm with fewer numbers: in sweeps, those go whose removal costs less KL than they are worth, and the rest is
 * adjusted to do without them (backward elimination).
 *
 * @param worth KL that a number may cost to be spared, in nats a position
 */
export function pruned(algorithm: Algorithm, held: Held, worth: number): Shorter {
  const most = isLayered(algorithm) ? MOST_LAYERED : MOST_POSITIONS;
  let few = { ...held, observations: spreadFor(algorithm, held.observations, most) };
  let best = polished(algorithm, few, STEPS);
  let kept = {
    patterns: (algorithm.patterns ?? []).map((_, at) => at),
    averages: algorithm.averages.map((_, at) => at),
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const { lossAt } = landscapeOf(best, few);
    const start = numbersOf(best);
    const now = lossAt(start);
    const priced = removalsOf(best).map((removal) => ({
      removal,
      cost: (lossAt(withRemovals(start, [removal])) - now) / removal.spared,
    }));
    const cheap = priced
      .filter(({ cost }) => cost <= worth)
      .sort((one, other) => one.cost - other.cost)
      .map(({ removal }) => removal);
    let batch = withoutOverlaps(cheap);
    // Removals add up to more than their sum: as many as can be afforded together.
    while (batch.length > 0) {
      const spared = batch.reduce((sum, removal) => sum + removal.spared, 0);
      if (lossAt(withRemovals(start, batch)) - now <= worth * spared) break;
      batch = batch.slice(0, Math.floor(batch.length / 2));
    }
    if (batch.length === 0) break;
    const shorter = tidied(withNumbers(best, withRemovals(start, batch)));
    few = {
      ...few,
      patternHeads: left(few.patternHeads, shorter.patterns),
      heads: left(few.heads, shorter.averages),
    };
    best = polished(shorter.algorithm, few, STEPS);
    kept = { patterns: left(kept.patterns, shorter.patterns), averages: left(kept.averages, shorter.averages) };
  }
  return { algorithm: best, ...kept };
}

export function left<Item>(items: readonly Item[], indices: readonly number[]): Item[] {
  return indices.map((at) => items[at] as Item);
}

function withRemovals(numbers: Float64Array, removals: readonly Removal[]): Float64Array {
  const changed = numbers.slice();
  for (const removal of removals) for (const [place, value] of removal.changed) changed[place] = value;
  return changed;
}

/** Those that change no number that an earlier one has changed or goes by, and go by none that one has changed. */
function withoutOverlaps(removals: readonly Removal[]): Removal[] {
  const [taken, held] = [new Set<number>(), new Set<number>()];
  return removals.filter(({ changed, from = [] }) => {
    if (changed.some(([place]) => taken.has(place) || held.has(place))) return false;
    if (from.some((place) => taken.has(place))) return false;
    for (const [place] of changed) taken.add(place);
    for (const place of from) held.add(place);
    return true;
  });
}
