import type { Algorithm } from "../../runtime/index.ts";
import { descended } from "./descent.ts";
import { landscapeOf } from "./gradient.ts";
import type { Held } from "./layout.ts";
import { numbersOf, withNumbers } from "./numbers.ts";
import { spread } from "./spread.ts";
import { isLayered } from "./written.ts";

/** Holds numbers that decide nothing where they are: nats a position for one unit squared. */
const HELD = 1e-6;
/** A step that gains less, in nats a position, is the last. */
const SETTLED = 1e-8;

/**
 * About so many observations for an algorithm to be held to. Where averages go by others, these are asked for at all positions of a
 * document, however many of them are scored: then whole documents.
 */
export function spreadFor<Item extends { readonly document: object }>(
  algorithm: Algorithm,
  items: readonly Item[],
  most: number,
): Item[] {
  if (!isLayered(algorithm)) return spread(items, most);
  const documents = [...new Set(items.map(({ document }) => document))];
  const kept = new Set(spread(documents, Math.floor((most * documents.length) / items.length)));
  return items.filter(({ document }) => kept.has(document));
}

/** The algorithm with those numbers nearby that give the original's distribution best: least KL, the form as it is. */
export function polished(algorithm: Algorithm, held: Held, steps: number): Algorithm {
  const start = numbersOf(algorithm);
  const { slopeAt } = landscapeOf(algorithm, held);
  const valued = (numbers: Float64Array) => {
    const { loss, gradient } = slopeAt(numbers);
    let away = 0;
    const total = gradient.map((own, at) => {
      const moved = (numbers[at] as number) - (start[at] as number);
      away += (HELD / 2) * moved * moved;
      return own + HELD * moved;
    });
    return { value: loss + away, gradient: total };
  };
  return withNumbers(algorithm, descended(start, valued, steps, SETTLED));
}
