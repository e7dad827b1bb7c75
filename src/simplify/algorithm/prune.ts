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

/** An algorithm with its numbers adjusted, and what it costs to remove each of them. */
interface Priced {
  readonly algorithm: Algorithm;
  readonly held: Held;
  readonly numbers: Float64Array;
  readonly lossAt: (numbers: Float64Array) => number;
  readonly loss: number;
  /** By removal: KL a number that it spares, in nats a position. */
  readonly removals: readonly { readonly removal: Removal; readonly cost: number }[];
}

/** Makes an algorithm shorter, at as many prices as are tried: what it begins with is worked out once. */
export class Pruning {
  readonly #whole: Priced;

  constructor(algorithm: Algorithm, held: Held) {
    const most = isLayered(algorithm) ? MOST_LAYERED : MOST_POSITIONS;
    this.#whole = priced(algorithm, { ...held, observations: spreadFor(algorithm, held.observations, most) });
  }

  /**
   * The algorithm with fewer numbers: in sweeps, those go whose removal costs less KL than they are worth, and the rest is
   * adjusted to do without them (backward elimination).
   *
   * @param worth KL that a number may cost to be spared, in nats a position
   */
  at(worth: number): Shorter {
    let best = this.#whole;
    let kept = {
      patterns: (best.algorithm.patterns ?? []).map((_, at) => at),
      averages: best.algorithm.averages.map((_, at) => at),
    };
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      const batch = affordable(best, worth);
      if (batch.length === 0) break;
      const { held } = best;
      const shorter = tidied(withNumbers(best.algorithm, withRemovals(best.numbers, batch)));
      best = priced(shorter.algorithm, {
        ...held,
        patternHeads: left(held.patternHeads, shorter.patterns),
        heads: left(held.heads, shorter.averages),
      });
      kept = { patterns: left(kept.patterns, shorter.patterns), averages: left(kept.averages, shorter.averages) };
    }
    return { algorithm: best.algorithm, ...kept };
  }
}

function priced(unadjusted: Algorithm, held: Held): Priced {
  const algorithm = polished(unadjusted, held, STEPS);
  const { lossAt } = landscapeOf(algorithm, held);
  const numbers = numbersOf(algorithm);
  const loss = lossAt(numbers);
  const removals = removalsOf(algorithm).map((removal) => ({
    removal,
    cost: (lossAt(withRemovals(numbers, [removal])) - loss) / removal.spared,
  }));
  return { algorithm, held, numbers, lossAt, loss, removals };
}

/** Removals that together cost no more than the numbers that they spare are worth. */
function affordable({ numbers, lossAt, loss, removals }: Priced, worth: number): readonly Removal[] {
  const cheap = removals
    .filter(({ cost }) => cost <= worth)
    .sort((one, other) => one.cost - other.cost)
    .map(({ removal }) => removal);
  let batch = withoutOverlaps(cheap);
  // Removals add up to more than their sum: as many as can be afforded together.
  while (batch.length > 0) {
    const spared = batch.reduce((sum, removal) => sum + removal.spared, 0);
    if (lossAt(withRemovals(numbers, batch)) - loss <= worth * spared) break;
    batch = batch.slice(0, Math.floor(batch.length / 2));
  }
  return batch;
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
