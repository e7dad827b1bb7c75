/** Models that were understood whole: a few numbers at every position, each with a name, and scores that follow from them. */
import type { KernelLook, MatchLook } from "./parts.ts";
import { along, numberOf, type Points } from "./points.ts";
import { recentOf, type Recent } from "./recent.ts";
import { matchLength, stepsByDistance } from "./rule-scores.ts";

/** Something for each of some tokens, by their text. */
export type ByToken<Value> = Readonly<Record<string, Value>>;

/** A whole model without weights. */
export interface Algorithm {
  /** Most positions. */
  readonly context: number;
  /** Positions are told apart by their remainder at division by this, their phase; absent where they do not matter. */
  readonly period?: number;
  /** Phases are counted from the first token of a text, wherever that stands; absent where they are from position 0. */
  readonly phasesFrom?: "text";
  /** What heads attend to, where scores follow that token by token. */
  readonly patterns?: readonly Pattern[];
  /** What heads find out, in the order in which it is computed. */
  readonly averages: readonly Average[];
  /** By the current token, and its phase: the first case that holds gives the scores. */
  readonly cases: readonly Case[];
}

/** Where a head looks. */
export interface Pattern {
  /** Attention scores that add up before a softmax; with none, all tokens so far count alike. */
  readonly looks: readonly AlgorithmLook[];
}

/** The average, over the tokens so far, of what each is worth, weighted by attention. */
export interface Average extends Pattern {
  /**
   * What a token is worth, or a list of what it is worth in each phase; 0 where it is not listed. Or what it is worth by how
   * much larger a number it is than the current token. Or by what earlier averages are where it stands: the first case that
   * holds says so, and without one it is 0.
   */
  readonly worth: ByToken<number | readonly number[]> | DifferencesLook | readonly WorthCase[];
}

/** What tokens are worth by what was found where they stand. */
export interface WorthCase {
  /** The tokens that this is for; absent where it is for all others. */
  readonly tokens?: readonly string[];
  /** The phase that it is for; absent where it is for all. */
  readonly phase?: number;
  readonly worth: Score;
}

/** One term of attention scores. */
export type AlgorithmLook = TokensLook | PairsLook | PhasesLook | DifferencesLook | SizesLook | KernelLook | MatchLook;

/** How attractive each token is, whatever asks; 0 where it is not listed. */
export interface TokensLook {
  readonly kind: "tokens";
  readonly scores: ByToken<number>;
}

/** How attractive each token is (inner) to each token that asks (outer); 0 where it is not listed. */
export interface PairsLook {
  readonly kind: "pairs";
  /** How many tokens before the other one the token stands that counts: 0 for itself. */
  readonly keyBack?: number;
  readonly scores: ByToken<ByToken<number>>;
}

/** Scores by how much larger a number the other token is than the current one; 0 where either is no number. */
export interface DifferencesLook {
  readonly kind: "differences";
  /** By rising difference; straight between, level beyond. */
  readonly points: Points;
  /** Numbers that other tokens count as when they ask. */
  readonly as?: ByToken<number>;
}

/** Scores by the number that the other token is; 0 where either is no number. */
export interface SizesLook {
  readonly kind: "sizes";
  /** By rising number: of those larger than the current one, and of all others. */
  readonly larger: Points;
  readonly others: Points;
  /** Numbers that other tokens count as when they ask. */
  readonly as?: ByToken<number>;
}

/** How attractive each phase is (column) to each phase that asks (row). */
export interface PhasesLook {
  readonly kind: "phases";
  readonly scores: readonly (readonly number[])[];
}

/** Scores of what may come next. */
export interface Case {
  /** The current tokens that this is for; absent where it is for all others. */
  readonly after?: readonly string[];
  /** The phase that it is for; absent where it is for all. */
  readonly phase?: number;
  /** What attention to a token adds to its score as the next one: a function of the share that it gets. */
  readonly copies?: readonly Copy[];
  /** What is added to the score of a number by how much larger it is than the current token: [difference, score]. */
  readonly differences?: Points;
  /** What the last few tokens add. */
  readonly recent?: readonly Recent[];
  /** Scores by next token. */
  readonly scores: ByToken<Score>;
  /** The score of all other tokens. */
  readonly others: Score;
}

/** Scores for what is attended to, or for what stood before it. */
export interface Copy {
  readonly of: Pattern;
  /** How many tokens before what is attended to the one stands that is copied; absent where that is itself. */
  readonly back?: number;
  /** [share of the attention, score], straight between and level beyond. */
  readonly points: Points;
  /** The part of that score that other numbers get, by how much larger they are than what is copied: [difference, part]. */
  readonly near?: Points;
}

/** A score, or what it is the sum of. */
export type Score = number | Curve | readonly (number | Curve)[];

/** A function of an average: straight between points, level before the first and after the last. */
export interface Curve {
  readonly of: Average;
  /** By rising value. */
  readonly points: Points;
}

/** Weighs what is attended to by what each token is worth. */
export const average = (of: Average): Average => of;

/** Attention by what a token is. */
export const tokens = (scores: TokensLook["scores"]): TokensLook => ({ kind: "tokens", scores });

/** Attention by what the current token is, and what the other one, or one before it, is. */
export const pairs = (scores: PairsLook["scores"], keyBack = 0): PairsLook => ({ kind: "pairs", keyBack, scores });

/** Attention, or worth, by how much larger a number is than the current one. */
export const differences = (points: DifferencesLook["points"], as: ByToken<number> = {}): DifferencesLook => {
  return { kind: "differences", points, as };
};

/** Attention by the number that a token is: where it is larger than the current one, and where it is not. */
export const sizes = (larger: Points, others: Points, as: ByToken<number> = {}): SizesLook => {
  return { kind: "sizes", larger, others, as };
};

/** Where a head looks. */
export const pattern = (looks: Pattern["looks"]): Pattern => ({ looks });

/** What is attended to becomes likelier, by the share that it gets, and numbers near it by a part of that. */
export const copy = (of: Pattern, points: Copy["points"], near?: Copy["near"]): Copy => ({
  of,
  points,
  ...(near && { near }),
});

/** The token before the one that is attended to becomes likelier, by the share that it gets. */
export const copyBefore = (of: Pattern, points: Copy["points"], near?: Copy["near"]): Copy => ({
  ...copy(of, points, near),
  back: 1,
});

/** Attention by the current phase and that of the other token. */
export const phases = (scores: PhasesLook["scores"]): PhasesLook => ({ kind: "phases", scores });

/** A score that follows an average along straight lines between points. */
export const curve = (of: Average, points: Points): Curve => ({ of, points });

/** Whether a score is a sum. */
export function isSum(score: Score): score is readonly (number | Curve)[] {
  return Array.isArray(score);
}

/** What a score is the sum of. */
export function termsOf(score: Score): readonly (number | Curve)[] {
  return isSum(score) ? score : [score];
}

/** What an algorithm computes for a text. */
export interface AlgorithmRun {
  /** Shares of all tokens so far, at each position, of each attention. */
  readonly patterns: readonly (readonly Float64Array[])[];
  /** Each average at each position. */
  readonly averages: readonly Float64Array[];
  /** Scores (vocabulary) after each position. */
  readonly scores: readonly Float32Array[];
}

/** Computes what an algorithm says of a text whose first token stands at a position. */
export type RunAlgorithm = (text: readonly number[], firstPosition: number) => AlgorithmRun;

/** Makes an algorithm runnable over a vocabulary. Throws a RangeError where it speaks of a token that is not in it. */
export function runnerOf(algorithm: Algorithm, words: readonly string[]): RunAlgorithm {
  const ids = new Map(words.map((word, id) => [word, id]));
  const idOf = (word: string): number => {
    const id = ids.get(word);
    if (id === undefined) throw new RangeError(`${JSON.stringify(word)} is not in the vocabulary.`);
    return id;
  };
  const table = <Value>(by: ByToken<Value>): Map<number, Value> =>
    new Map(Object.entries(by).map(([word, value]) => [idOf(word), value]));
  const period = algorithm.period ?? 1;
  const { averages: wanted, patterns: heads = [] } = algorithm;
  const values = words.map(numberOf);
  const vocabulary: Lookup = { table, period, values };
  const weighers = new Map<Pattern["looks"], (text: readonly number[], first: number) => Float64Array[]>();
  for (const { looks } of [...heads, ...wanted]) {
    const terms = looks.map((look) => scoreOf(look, vocabulary));
    weighers.set(looks, (text, first) => shares(text, first, terms));
  }
  const worths = wanted.map(({ worth }) => worthOf(worth, vocabulary));
  const cases = algorithm.cases.map((each) => ({
    ...each,
    tokens: each.after && new Set(each.after.map(idOf)),
    listed: [...table(each.scores)],
    addRecent: each.recent?.map((own) => recentOf(own, values, idOf)) ?? [],
  }));
  // What each token gets by its difference from one: worked out once.
  const rows = new Map<Points, Map<number, Float64Array>>();
  const byDifference = (points: Points, from: number): Float64Array => {
    const known = rows.get(points) ?? new Map<number, Float64Array>();
    rows.set(points, known);
    const row =
      known.get(from) ?? Float64Array.from(values, (value) => along(points, value - (values[from] as number)));
    known.set(from, row);
    return row;
  };
  return (text, firstPosition) => {
    const first = algorithm.phasesFrom === "text" ? 0 : firstPosition;
    const found = new Map([...weighers].map(([looks, weigh]) => [looks, weigh(text, first)]));
    const patternOf = ({ looks }: Pattern): readonly Float64Array[] => found.get(looks) ?? [];
    const averages: Float64Array[] = [];
    const valueAt = (score: Score, position: number): number =>
      termsOf(score).reduce<number>((sum, term) => {
        if (typeof term === "number") return sum + term;
        return sum + along(term.points, averages[wanted.indexOf(term.of)]?.[position] ?? 0);
      }, 0);
    wanted.forEach((average, index) => {
      const worth = worths[index]?.(text, first, valueAt);
      const values = Float64Array.from(patternOf(average), (row, query) =>
        row.reduce((sum, weight, key) => sum + weight * (worth?.(query, key) ?? 0), 0),
      );
      averages.push(values);
    });
    const scores = text.map((token, position) => {
      const row = new Float32Array(words.length);
      const phase = (first + position) % period;
      const match = cases.find(
        (each) => (each.tokens?.has(token) ?? true) && (each.phase === undefined || each.phase === phase),
      );
      if (!match) return row;
      row.fill(valueAt(match.others, position));
      for (const { of, back, points, near } of match.copies ?? []) {
        const attended = sharesByToken(patternOf(of)[position] ?? [], text, back);
        const unattended = along(points, 0);
        for (const [other, share] of attended) {
          const score = along(points, share) - unattended;
          if (near && score !== 0) add(row, byDifference(near, other), score, other);
          row[other] = (row[other] as number) + score;
        }
      }
      if (match.differences) add(row, byDifference(match.differences, token), 1);
      for (const [other, score] of match.listed) row[other] = valueAt(score, position);
      for (const addRecent of match.addRecent) addRecent(text, position, row);
      return row;
    });
    return { patterns: heads.map(patternOf), averages, scores };
  };
}

/** The attention that each token gets, or the one that stands so many after it. */
export function sharesByToken(shares: ArrayLike<number>, text: readonly number[], back = 0): Map<number, number> {
  const byToken = new Map<number, number>();
  for (let key = back; key < shares.length; key++) {
    const token = text[key - back] as number;
    byToken.set(token, (byToken.get(token) ?? 0) + (shares[key] as number));
  }
  return byToken;
}

/** Adds so many times what each token but one gets. */
function add(row: Float32Array, other: Float64Array, times: number, except = -1): void {
  for (let token = 0; token < row.length; token++) {
    if (token !== except) row[token] = (row[token] as number) + times * (other[token] as number);
  }
}

/** What looks are resolved with. */
interface Lookup {
  readonly table: <Value>(by: ByToken<Value>) => Map<number, Value>;
  readonly period: number;
  /** The number that each token is, by id. */
  readonly values: readonly number[];
}

/** Something of a key, as a query sees it, in a text whose first token stands at a position. */
type OfKey = (text: readonly number[], first: number) => (query: number, key: number) => number;

/** The same, where averages that came before give scores at each position. */
type WorthOfKey = (
  text: readonly number[],
  first: number,
  valueAt: (score: Score, position: number) => number,
) => (query: number, key: number) => number;

function worthOf(worth: Average["worth"], lookup: Lookup): WorthOfKey {
  if (isDifferences(worth)) return scoreOf(worth, lookup);
  const { table, period } = lookup;
  if (isByCases(worth)) {
    const cases = worth.map((each) => ({
      ...each,
      ids: each.tokens && new Set(table(Object.fromEntries(each.tokens.map((token) => [token, 0]))).keys()),
    }));
    return (text, first, valueAt) => {
      const values = text.map((token, key) => {
        const phase = (first + key) % period;
        const match = cases.find(
          ({ ids, phase: own }) => (ids?.has(token) ?? true) && (own === undefined || own === phase),
        );
        return match ? valueAt(match.worth, key) : 0;
      });
      return (_query, key) => values[key] as number;
    };
  }
  const listed = table(worth);
  return (text, first) => (_query, key) => {
    const own = listed.get(text[key] as number) ?? 0;
    return typeof own === "number" ? own : (own[(first + key) % period] ?? 0);
  };
}

/** Whether tokens are worth something by how much larger they are than the current one. */
export function isDifferences(worth: Average["worth"]): worth is DifferencesLook {
  return !isByCases(worth) && typeof worth.kind === "string";
}

/** Whether tokens are worth something by what earlier averages are where they stand. */
export function isByCases(worth: Average["worth"]): worth is readonly WorthCase[] {
  return Array.isArray(worth);
}

/** A term of attention scores. */
function scoreOf(look: AlgorithmLook, { table, period, values }: Lookup): OfKey {
  switch (look.kind) {
    case "tokens": {
      const scores = table(look.scores);
      return (text) => (_query, key) => scores.get(text[key] as number) ?? 0;
    }
    case "pairs": {
      const rows = new Map([...table(look.scores)].map(([token, row]) => [token, table(row)]));
      const back = look.keyBack ?? 0;
      return (text) => (query, key) => rows.get(text[query] as number)?.get(text[key - back] ?? -1) ?? 0;
    }
    case "phases":
      return (_text, first) => (query, key) => look.scores[(first + query) % period]?.[(first + key) % period] ?? 0;
    case "differences":
    case "sizes": {
      const as = table(look.as ?? {});
      return (text) => (query, key) => {
        const asking = as.get(text[query] as number) ?? (values[text[query] as number] as number);
        const other = values[text[key] as number] as number;
        if (look.kind === "differences") return along(look.points, other - asking);
        return Number.isNaN(asking) ? 0 : along(other > asking ? look.larger : look.others, other);
      };
    }
    case "kernel":
      return (text) => {
        const steps = stepsByDistance(look, text.length);
        return (query, key) => look.steps[steps[query - key] as number]?.[1] ?? 0;
      };
    case "match":
      return (text) => (query, key) => {
        const length = matchLength(text, query, key, look.keyBack, look.scores.length);
        return length === 0 ? 0 : (look.scores[length - 1] as number);
      };
  }
}

/** The share of each token so far in what each position attends to. */
function shares(text: readonly number[], first: number, terms: readonly OfKey[]): Float64Array[] {
  const scorers = terms.map((term) => term(text, first));
  return text.map((_, query) => {
    const scores = Float64Array.from({ length: query + 1 }, (_own, key) =>
      scorers.reduce((sum, score) => sum + score(query, key), 0),
    );
    const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
    const weights = scores.map((score) => Math.exp(score - highest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });
}
