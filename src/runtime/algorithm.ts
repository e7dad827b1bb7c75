/** Models that were understood whole: a few numbers at every position, each with a name, and scores that follow from them. */
import type { KernelLook, MatchLook } from "./parts.ts";
import { indexOfHighest, type Program } from "./program.ts";
import { matchLength, stepsByDistance } from "./rule-scores.ts";
import type { NamingTokenizer } from "./tokenizer.ts";

/** Something for each of some tokens, by their text. */
export type ByToken<Value> = Readonly<Record<string, Value>>;

/** A whole model without weights. */
export interface Algorithm {
  /** Most positions. */
  readonly context: number;
  /** Positions are told apart by their remainder at division by this, their phase; absent where they do not matter. */
  readonly period?: number;
  /** What heads find out, in the order in which it is computed. */
  readonly averages: readonly Average[];
  /** By the current token, and its phase: the first case that holds gives the scores. */
  readonly cases: readonly Case[];
}

/** The average, over the tokens so far, of what each is worth, weighted by attention. */
export interface Average {
  /** Attention scores that add up before a softmax; with none, all tokens so far count alike. */
  readonly looks: readonly AlgorithmLook[];
  /** What a token is worth, or a list of what it is worth in each phase; 0 where it is not listed. */
  readonly worth: ByToken<number | readonly number[]>;
}

/** One term of attention scores. */
export type AlgorithmLook = TokensLook | PairsLook | PhasesLook | KernelLook | MatchLook;

/** How attractive each token is, whatever asks; 0 where it is not listed. */
export interface TokensLook {
  readonly kind: "tokens";
  readonly scores: ByToken<number>;
}

/** How attractive each token is (inner) to each token that asks (outer); 0 where it is not listed. */
export interface PairsLook {
  readonly kind: "pairs";
  readonly scores: ByToken<ByToken<number>>;
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
  /** Scores by next token. */
  readonly scores: ByToken<Score>;
  /** The score of all other tokens. */
  readonly others: Score;
}

/** A score, or what it is the sum of. */
export type Score = number | Curve | readonly (number | Curve)[];

/** A function of an average: straight between points, level before the first and after the last. */
export interface Curve {
  readonly of: Average;
  /** By rising value. */
  readonly points: readonly (readonly [value: number, score: number])[];
}

/** Weighs what is attended to by what each token is worth. */
export const average = (of: Average): Average => of;

/** Attention by what a token is. */
export const tokens = (scores: TokensLook["scores"]): TokensLook => ({ kind: "tokens", scores });

/** Attention by what the current token is, and what the other one is. */
export const pairs = (scores: PairsLook["scores"]): PairsLook => ({ kind: "pairs", scores });

/** Attention by the current phase and that of the other token. */
export const phases = (scores: PhasesLook["scores"]): PhasesLook => ({ kind: "phases", scores });

/** A score that follows an average along straight lines between points. */
export const curve = (of: Average, points: Curve["points"]): Curve => ({ of, points });

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
  const weighers = new Map<Average["looks"], (text: readonly number[], first: number) => Float64Array[]>();
  for (const { looks } of algorithm.averages) {
    const terms = looks.map((look) => scoreOf(look, table, period));
    weighers.set(looks, (text, first) => attention(text, first, terms));
  }
  const worths = algorithm.averages.map(({ worth }) => table(worth));
  const cases = algorithm.cases.map(({ after, phase, scores, others }) => ({
    tokens: after && new Set(after.map(idOf)),
    phase,
    scores: [...table(scores)],
    others,
  }));
  return (text, firstPosition) => {
    const patterns = new Map([...weighers].map(([looks, weigh]) => [looks, weigh(text, firstPosition)]));
    const averages = algorithm.averages.map(({ looks }, index) => {
      const worth = Float64Array.from(text, (token, position) => {
        const own = worths[index]?.get(token) ?? 0;
        return typeof own === "number" ? own : (own[(firstPosition + position) % period] ?? 0);
      });
      return Float64Array.from(patterns.get(looks) ?? [], (row) =>
        row.reduce((sum, weight, key) => sum + weight * (worth[key] as number), 0),
      );
    });
    const valueOf = (of: Average, position: number): number =>
      averages[algorithm.averages.indexOf(of)]?.[position] ?? 0;
    const scores = text.map((token, position) => {
      const row = new Float32Array(words.length);
      const phase = (firstPosition + position) % period;
      const found = cases.find(
        (each) => (each.tokens?.has(token) ?? true) && (each.phase === undefined || each.phase === phase),
      );
      const valueOfScore = (score: Score): number =>
        termsOf(score).reduce<number>((sum, term) => {
          return sum + (typeof term === "number" ? term : along(term.points, valueOf(term.of, position)));
        }, 0);
      row.fill(valueOfScore(found?.others ?? 0));
      for (const [next, score] of found?.scores ?? []) row[next] = valueOfScore(score);
      return row;
    });
    return { averages, scores };
  };
}

/** Straight between points (x, y), level before the first and after the last. */
export function along(points: Curve["points"], x: number): number {
  const after = points.findIndex(([value]) => value >= x);
  const [right, left] = [points[after], points[after - 1]];
  if (!right) return points.at(-1)?.[1] ?? 0;
  if (!left) return right[1];
  return left[1] + ((right[1] - left[1]) * (x - left[0])) / (right[0] - left[0]);
}

/** Makes a program of an algorithm. */
export function createAlgorithmProgram(algorithm: Algorithm, tokenizer: NamingTokenizer): Program {
  const words = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.tokenText(id));
  const run = runnerOf(algorithm, words);
  const check = (ids: readonly number[], room: number): void => {
    if (ids.length === 0) throw new RangeError("The text is empty: at least one token is needed.");
    if (ids.length > room) throw new RangeError(`The text has ${ids.length} tokens; ${room} fit.`);
    const unknown = ids.find((id) => words[id] === undefined);
    if (unknown !== undefined) throw new RangeError(`Token ${unknown} is not in the vocabulary of ${words.length}.`);
  };
  return {
    context: algorithm.context,
    encode: (text) => tokenizer.encode(text),
    decode: (ids) => tokenizer.decode(ids),
    logits(ids, { firstPosition = 0 } = {}) {
      check(ids, algorithm.context - firstPosition);
      return [...run(ids, firstPosition).scores];
    },
    *generate(ids, { tokens: wanted }) {
      check(ids, algorithm.context);
      const text = [...ids];
      while (text.length < Math.min(ids.length + wanted, algorithm.context)) {
        const next = indexOfHighest(run(text, 0).scores.at(-1) ?? []);
        text.push(next);
        yield next;
      }
    },
  };
}

/** A term of attention scores in a text whose first token stands at a position: of a key, as a query sees it. */
type ScoreTerm = (text: readonly number[], first: number) => (query: number, key: number) => number;

function scoreOf(
  look: AlgorithmLook,
  table: <Value>(by: ByToken<Value>) => Map<number, Value>,
  period: number,
): ScoreTerm {
  switch (look.kind) {
    case "tokens": {
      const scores = table(look.scores);
      return (text) => (_query, key) => scores.get(text[key] as number) ?? 0;
    }
    case "pairs": {
      const rows = new Map([...table(look.scores)].map(([token, row]) => [token, table(row)]));
      return (text) => (query, key) => rows.get(text[query] as number)?.get(text[key] as number) ?? 0;
    }
    case "phases":
      return (_text, first) => (query, key) => look.scores[(first + query) % period]?.[(first + key) % period] ?? 0;
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
function attention(text: readonly number[], first: number, terms: readonly ScoreTerm[]): Float64Array[] {
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
