import type { HeadPlace } from "../../ir/index.ts";
import type { Observation } from "../../profile/index.ts";
import {
  along,
  isByCases,
  isDifferences,
  matchLength,
  numberOf,
  stepsByDistance,
  termsOf,
  type Algorithm,
  type AlgorithmLook,
  type Average,
  type Case,
  type Copy,
  type Curve,
  type Score,
} from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { numbersOf } from "./numbers.ts";
import { averagesInWorth } from "./written.ts";

/** What an algorithm is held to. */
export interface Held {
  readonly words: readonly string[];
  readonly decision: Decision;
  readonly observations: readonly Observation[];
  /** The head of each pattern, and of each average. */
  readonly patternHeads: readonly HeadPlace[];
  readonly heads: readonly HeadPlace[];
}

/** An algorithm whose numbers are places of numbers, by token ids. */
export interface Layout {
  readonly period: number;
  readonly values: readonly number[];
  readonly looks: readonly LooksLayout[];
  readonly averages: readonly AverageLayout[];
  readonly cases: readonly CaseLayout[];
}

interface LooksLayout {
  readonly head: HeadPlace | undefined;
  readonly terms: readonly TermsOf[];
  /** Of all its numbers. */
  readonly places: readonly number[];
}

/** What follows from some numbers and some averages. */
interface Following {
  readonly places: readonly number[];
  readonly follows: readonly number[];
}

interface AverageLayout extends Following {
  readonly looks: number;
  /** What keys are worth, or, by the first case that holds, the score that they are worth where they stand. */
  readonly worth: WorthOf | readonly WorthCaseLayout[];
  /** Whether others go by it, so that it is asked for at every key. */
  readonly isInner: boolean;
}

interface WorthCaseLayout {
  readonly tokens: ReadonlySet<number> | undefined;
  readonly phase: number | undefined;
  readonly score: ScoreLayout;
}

export interface CaseLayout extends Following {
  readonly tokens: ReadonlySet<number> | undefined;
  readonly phase: number | undefined;
  readonly copies: readonly (Omit<Copy, "of"> & { readonly looks: number })[];
  readonly differences: Curve["points"] | undefined;
  readonly listed: readonly (readonly [token: number, score: ScoreLayout])[];
  readonly others: ScoreLayout;
  /** 1 for tokens that are not listed, by id. */
  readonly isOther: Uint8Array;
}

export type ScoreLayout = readonly (number | { readonly average: number; readonly points: Curve["points"] })[];

/** What adds up to the score of a key: pairs of the place of a number, and how much of it there is. */
export type TermsOf = (text: TokenDocument, query: number, key: number, into: number[]) => void;
type WorthOf = (text: TokenDocument, query: number, key: number) => number;

export function layoutOf(places: Algorithm, { words, patternHeads, heads }: Held): Layout {
  const ids = new Map(words.map((word, id) => [word, id]));
  const idOf = (word: string): number => ids.get(word) as number;
  const period = places.period ?? 1;
  const values = words.map(numberOf);
  const all = [...(places.patterns ?? []), ...places.averages].map(({ looks }) => looks);
  const headPlaces = [...patternHeads, ...heads];
  const distinct = [...new Set(all)];
  const scoreOf = (score: Score): ScoreLayout =>
    termsOf(score).map((term) =>
      typeof term === "number" ? term : { average: places.averages.indexOf(term.of), points: term.points },
    );
  const inner = new Set(places.averages.flatMap(({ worth }) => averagesInWorth(worth)));
  return {
    period,
    values,
    looks: distinct.map((looks) => ({
      head: headPlaces[all.indexOf(looks)],
      terms: looks.map((look) => termsOfLook(look, idOf, period, values)),
      places: [...numbersOf({ ...places, patterns: [{ looks }], averages: [], cases: [] })],
    })),
    averages: places.averages.map((average): AverageLayout => {
      const worth = isByCases(average.worth)
        ? average.worth.map(({ tokens, phase, worth: score }) => {
            return { tokens: tokens && new Set(tokens.map(idOf)), phase, score: scoreOf(score) };
          })
        : worthOf(average.worth, idOf, period, values);
      return {
        looks: distinct.indexOf(average.looks),
        worth,
        isInner: inner.has(average),
        ...followingOf(typeof worth === "function" ? [] : worth.map(({ score }) => score)),
      };
    }),
    cases: places.cases.map((each: Case): CaseLayout => {
      const copies = (each.copies ?? []).map(({ of, ...own }) => ({ ...own, looks: distinct.indexOf(of.looks) }));
      const listed = Object.entries(each.scores).map(([word, score]) => [idOf(word), scoreOf(score)] as const);
      const others = scoreOf(each.others);
      const added = [each.differences, ...copies.flatMap(({ points, near }) => [points, near])];
      const { places: own, follows } = followingOf([others, ...listed.map(([, score]) => score)]);
      return {
        tokens: each.after && new Set(each.after.map(idOf)),
        phase: each.phase,
        copies,
        differences: each.differences,
        listed,
        others,
        isOther: Uint8Array.from(words, (word) => (Object.hasOwn(each.scores, word) ? 0 : 1)),
        places: [...own, ...added.flatMap((points = []) => points.map(([, place]) => place))],
        follows,
      };
    }),
  };
}

function followingOf(scores: readonly ScoreLayout[]): Following {
  const terms = scores.flat();
  return {
    places: terms.flatMap((term) => (typeof term === "number" ? [term] : term.points.map(([, place]) => place))),
    follows: [...new Set(terms.flatMap((term) => (typeof term === "number" ? [] : [term.average])))],
  };
}

function termsOfLook(
  look: AlgorithmLook,
  idOf: (word: string) => number,
  period: number,
  values: readonly number[],
): TermsOf {
  switch (look.kind) {
    case "tokens": {
      const scores = new Map(Object.entries(look.scores).map(([word, place]) => [idOf(word), place]));
      return ({ tokens }, _query, key, into) => {
        const place = scores.get(tokens[key] as number);
        if (place !== undefined) into.push(place, 1);
      };
    }
    case "pairs": {
      const rows = new Map(
        Object.entries(look.scores).map(([asking, row]) => [
          idOf(asking),
          new Map(Object.entries(row).map(([word, place]) => [idOf(word), place])),
        ]),
      );
      const back = look.keyBack ?? 0;
      return ({ tokens }, query, key, into) => {
        const place = rows.get(tokens[query] as number)?.get(tokens[key - back] ?? -1);
        if (place !== undefined) into.push(place, 1);
      };
    }
    case "phases":
      return ({ position }, query, key, into) => {
        const place = look.scores[(position + query) % period]?.[(position + key) % period];
        if (place !== undefined) into.push(place, 1);
      };
    case "differences":
    case "sizes": {
      const as = new Map(Object.entries(look.as ?? {}).map(([word, value]) => [idOf(word), value]));
      return ({ tokens }, query, key, into) => {
        const asking = as.get(tokens[query] as number) ?? (values[tokens[query] as number] as number);
        const other = values[tokens[key] as number] as number;
        if (Number.isNaN(other - asking)) return;
        if (look.kind === "differences") between(look.points, other - asking, into);
        else between(other > asking ? look.larger : look.others, other, into);
      };
    }
    case "kernel": {
      let steps = stepsByDistance(look, 0);
      return ({ tokens }, query, key, into) => {
        if (steps.length < tokens.length) steps = stepsByDistance(look, tokens.length);
        const place = look.steps[steps[query - key] as number]?.[1];
        if (place !== undefined) into.push(place, 1);
      };
    }
    case "match":
      return ({ tokens }, query, key, into) => {
        const length = matchLength(tokens, query, key, look.keyBack, look.scores.length);
        if (length > 0) into.push(look.scores[length - 1] as number, 1);
      };
  }
}

/** The places of the numbers at the two points that a value lies between, each with its share. */
export function between(points: Curve["points"], value: number, into: number[]): void {
  const after = points.findIndex(([at]) => at >= value);
  const [right, left] = [points[after], points[after - 1]];
  if (!right) {
    const last = points.at(-1);
    if (last) into.push(last[1], 1);
  } else if (!left) into.push(right[1], 1);
  else {
    const share = (value - left[0]) / (right[0] - left[0]);
    into.push(left[1], 1 - share, right[1], share);
  }
}

function worthOf(
  worth: Exclude<Average["worth"], readonly unknown[]>,
  idOf: (word: string) => number,
  period: number,
  values: readonly number[],
): WorthOf {
  if (isDifferences(worth)) {
    return ({ tokens }, query, key) => {
      const difference = (values[tokens[key] as number] as number) - (values[tokens[query] as number] as number);
      return along(worth.points, difference);
    };
  }
  const listed = new Map(Object.entries(worth).map(([word, value]) => [idOf(word), value]));
  return ({ tokens, position }, _query, key) => {
    const own = listed.get(tokens[key] as number) ?? 0;
    return typeof own === "number" ? own : (own[(position + key) % period] ?? 0);
  };
}
