import { DEEPEST, depthOf, type NamedTokens, type Predicate } from "../ir/index.ts";
import type { Places } from "./questions.ts";

/** A predicate and where it holds on the text that rules are searched on. */
export interface Placed {
  readonly when: Predicate;
  readonly places: Places;
}

/** Most tokens of a set that a rule may list. */
export const MOST_TOKENS = 100;

/** What a longer predicate must explain more to be worth reading. */
const LEAST_GAIN = 0.02;

/** Questions that are put together with others, and how much a question must explain to be. */
const BEAM = 3;
const LEAST_ALONE = 0.3;

/** Numbers that two-level rules are to foresee, one a place: their sum and what they vary. */
export class Series {
  readonly values: Float32Array;
  readonly mean: number;
  readonly #variation: number;

  constructor(values: Float32Array) {
    this.values = values;
    this.mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    this.#variation = values.reduce((sum, value) => sum + (value - this.mean) ** 2, 0);
  }

  /** The sum of deviations from the mean over places. */
  sumOver(places: Places): number {
    let sum = 0;
    for (const place of places) sum += this.values[place] as number;
    return sum - this.mean * places.length;
  }

  /** R^2 of two levels, from how many places have one and what their deviations sum to. */
  explained(count: number, sum: number): number {
    const others = this.values.length - count;
    if (count === 0 || others === 0 || this.#variation <= 0) return 0;
    return (sum * sum * (1 / count + 1 / others)) / this.#variation;
  }

  explainedBy(places: Places): number {
    return this.explained(places.length, this.sumOver(places));
  }

  /** What no two levels can better, wherever each of them holds: the best cut of the values in their order. */
  mostExplained(): number {
    const rising = this.values.slice().sort();
    let [most, sum] = [0, 0];
    rising.forEach((value, index) => {
      sum += value - this.mean;
      most = Math.max(most, this.explained(index + 1, sum));
    });
    return most;
  }
}

/** The set of at most a hundred tokens, so many back, whose two levels explain most; undefined where none explains a thing. */
export function bestTokenSet(
  series: Series,
  tokenAt: Int32Array,
  vocabulary: number,
  name: string,
  back: number,
): Predicate | undefined {
  const [counts, sums] = [new Float64Array(vocabulary), new Float64Array(vocabulary)];
  tokenAt.forEach((token, place) => {
    if (token < 0) return;
    counts[token] = (counts[token] as number) + 1;
    sums[token] = (sums[token] as number) + (series.values[place] as number) - series.mean;
  });
  const seen = Array.from(counts.keys()).filter((token) => (counts[token] as number) > 0);
  // One further occurrence at the mean: a token seen once says little.
  const level = (token: number): number => (sums[token] as number) / ((counts[token] as number) + 1);
  const order = seen.sort((one, other) => level(other) - level(one) || one - other);
  let best = { explained: 0, size: 0 };
  let [count, sum] = [0, 0];
  for (let size = 1; size <= Math.min(MOST_TOKENS, order.length); size++) {
    count += counts[order[size - 1] as number] as number;
    sum += sums[order[size - 1] as number] as number;
    const explained = sum > 0 ? series.explained(count, sum) : 0;
    if (explained > best.explained) best = { explained, size };
  }
  if (best.size === 0) return undefined;
  const set: NamedTokens = { name, tokens: order.slice(0, best.size).sort((one, other) => one - other) };
  return { kind: "token", back, set };
}

/**
 * The predicate that explains most among questions and what can be made of up to three; longer ones only where they pay.
 * Sets that were learned from the series may come first, but are not added to others: where few places are left, they
 * would fit those alone.
 */
export function bestPredicate(
  series: Series,
  questions: readonly Placed[],
  learned: readonly Placed[],
): Placed & { explained: number } {
  const scored = [...questions, ...learned].map((question, index) => ({
    ...question,
    index,
    explained: series.explainedBy(question.places),
  }));
  const ranked = [...scored].sort((one, other) => other.explained - one.explained || one.index - other.index);
  const alone = ranked[0];
  if (!alone) throw new Error("Nothing can be asked.");
  if (alone.explained < LEAST_ALONE) return alone;
  const better = (one: Scored, other: Scored): Scored => (other.explained > one.explained + LEAST_GAIN ? other : one);
  const pairs = ranked.slice(0, BEAM).map((first) => combined(series, first, questions));
  const pair = pairs.reduce(strongest);
  if (better(alone, pair) === alone) return alone;
  return better(pair, combined(series, pair, questions));
}

type Scored = Placed & { readonly explained: number };

const strongest = (one: Scored, other: Scored): Scored => (other.explained > one.explained ? other : one);

/** The best of the predicate with one question more: and, and not, or, or not. */
function combined(series: Series, first: Scored, questions: readonly Placed[]): Scored {
  const total = series.values.length;
  const holds = new Uint8Array(total);
  for (const place of first.places) holds[place] = 1;
  const firstSum = series.sumOver(first.places);
  let best: { explained: number; question: Placed; kind: "and" | "or"; negated: boolean } | undefined;
  for (const question of questions) {
    const sum = series.sumOver(question.places);
    let [both, bothSum] = [0, 0];
    for (const place of question.places) {
      if (holds[place] !== 1) continue;
      both++;
      bothSum += series.values[place] as number;
    }
    bothSum -= series.mean * both;
    const count = question.places.length;
    const tried = [
      ["and", false, both, bothSum],
      ["and", true, first.places.length - both, firstSum - bothSum],
      ["or", false, first.places.length + count - both, firstSum + sum - bothSum],
      ["or", true, total - count + both, bothSum - sum],
    ] as const;
    for (const [kind, negated, size, deviation] of tried) {
      const explained = series.explained(size, deviation);
      if (explained > (best?.explained ?? first.explained)) best = { explained, question, kind, negated };
    }
  }
  if (!best) return first;
  const { question, kind, negated, explained } = best;
  const part: Predicate = negated ? { kind: "not", of: [question.when] } : question.when;
  const parts = first.when.kind === kind ? first.when.of : [first.when];
  const when: Predicate = { kind, of: [...parts, part] };
  if (depthOf(when) > DEEPEST) return first;
  const asked = new Uint8Array(total);
  for (const place of question.places) asked[place] = 1;
  const places = Array.from(holds.keys()).filter((place) => {
    const [own, other] = [holds[place] === 1, (asked[place] === 1) !== negated];
    return kind === "and" ? own && other : own || other;
  });
  return { when, places: Int32Array.from(places), explained };
}
