import {
  along,
  isDifferences,
  matchLength,
  numberOf,
  stepsByDistance,
  termsOf,
  type Algorithm,
  type AlgorithmLook,
  type Average,
  type Case,
  type Curve,
  type Pattern,
  type Score,
} from "../../runtime/index.ts";
import { sharesOf, type Observation } from "../../profile/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { numbersOf, withNumbers } from "./numbers.ts";

/** KL(original || algorithm) summed over scored positions, in nats, and its gradient by the algorithm's numbers. */
export interface Slope {
  readonly kl: number;
  readonly gradient: Float64Array;
}

/** Makes the KL of an algorithm at some positions a function of its numbers, in the order of `numbersOf`. */
export function slopeOf(
  algorithm: Algorithm,
  words: readonly string[],
  decision: Decision,
  positions: readonly Pick<Observation, "document" | "position" | "scores">[],
): (numbers: Float64Array) => Slope {
  const size = numbersOf(algorithm).length;
  // The same algorithm with the index of each number in its place.
  const places = withNumbers(
    algorithm,
    Float64Array.from({ length: size }, (_, index) => index),
  );
  const layout = layoutOf(places, words);
  const passages = positions.map((position) => passageOf(layout, position, decision));
  return (numbers) => {
    const gradient = new Float64Array(size);
    let kl = 0;
    for (const passage of passages) kl += addSlope(layout, passage, numbers, gradient, decision);
    return { kl, gradient };
  };
}

/** An algorithm whose numbers are places of numbers, by token ids. */
interface Layout {
  readonly period: number;
  readonly values: readonly number[];
  readonly looks: readonly { readonly looks: Pattern["looks"]; readonly terms: readonly TermsOf[] }[];
  readonly averages: readonly { readonly looks: number; readonly worth: WorthOf }[];
  readonly cases: readonly CaseLayout[];
  /** What differences of numbers come to, by case and current token. */
  readonly nears: Map<CaseLayout, Map<number, Nears>>;
}

interface CaseLayout {
  readonly tokens: ReadonlySet<number> | undefined;
  readonly phase: number | undefined;
  readonly copies: readonly { readonly looks: number; readonly points: Curve["points"] }[];
  readonly differences: Curve["points"] | undefined;
  readonly listed: readonly (readonly [token: number, score: ScoreLayout])[];
  readonly others: ScoreLayout;
  /** 1 for tokens that are not listed, by id. */
  readonly isOther: Uint8Array;
}

type ScoreLayout = readonly (number | { readonly average: number; readonly points: Curve["points"] })[];

/** What adds up to the score of a key: pairs of the place of a number, and how much of it there is. */
type TermsOf = (text: TokenDocument, query: number, key: number, into: number[]) => void;
type WorthOf = (text: TokenDocument, query: number, key: number) => number;

function layoutOf(places: Algorithm, words: readonly string[]): Layout {
  const ids = new Map(words.map((word, id) => [word, id]));
  const idOf = (word: string): number => ids.get(word) as number;
  const period = places.period ?? 1;
  const values = words.map(numberOf);
  const distinct = [...new Set([...(places.patterns ?? []), ...places.averages].map(({ looks }) => looks))];
  const scoreOf = (score: Score): ScoreLayout =>
    termsOf(score).map((term) =>
      typeof term === "number" ? term : { average: places.averages.indexOf(term.of), points: term.points },
    );
  return {
    period,
    values,
    nears: new Map(),
    looks: distinct.map((looks) => ({ looks, terms: looks.map((look) => termsOfLook(look, idOf, period, values)) })),
    averages: places.averages.map(({ looks, worth }) => ({
      looks: distinct.indexOf(looks),
      worth: worthOf(worth, idOf, period, values),
    })),
    cases: places.cases.map((each: Case): CaseLayout => ({
      tokens: each.after && new Set(each.after.map(idOf)),
      phase: each.phase,
      copies: (each.copies ?? []).map(({ of, points }) => ({ looks: distinct.indexOf(of.looks), points })),
      differences: each.differences,
      listed: Object.entries(each.scores).map(([word, score]) => [idOf(word), scoreOf(score)] as const),
      others: scoreOf(each.others),
      isOther: Uint8Array.from(words, (word) => (word in each.scores ? 0 : 1)),
    })),
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
    case "differences": {
      const as = new Map(Object.entries(look.as ?? {}).map(([word, value]) => [idOf(word), value]));
      return ({ tokens }, query, key, into) => {
        const asking = as.get(tokens[query] as number) ?? (values[tokens[query] as number] as number);
        const difference = (values[tokens[key] as number] as number) - asking;
        if (!Number.isNaN(difference)) between(look.points, difference, into);
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
function between(points: Curve["points"], value: number, into: number[]): void {
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
  worth: Average["worth"],
  idOf: (word: string) => number,
  period: number,
  values: readonly number[],
): WorthOf {
  if (isDifferences(worth)) {
    return ({ tokens }, query, key) => {
      const difference = (values[tokens[key] as number] as number) - (values[tokens[query] as number] as number);
      return Number.isNaN(difference) ? 0 : along(worth.points, difference);
    };
  }
  const listed = new Map(Object.entries(worth).map(([word, value]) => [idOf(word), value]));
  return ({ tokens, position }, _query, key) => {
    const own = listed.get(tokens[key] as number) ?? 0;
    return typeof own === "number" ? own : (own[(position + key) % period] ?? 0);
  };
}

/** A scored position with all that does not change with the numbers. */
interface Passage {
  readonly query: number;
  readonly case: CaseLayout | undefined;
  /** The tokens so far, each once, and which of them each key is. */
  readonly distinct: Int32Array;
  readonly which: Int32Array;
  /** By next token that is a number and not listed, the points that its difference lies between. */
  readonly nears: Nears | undefined;
  /** By looks: the terms of key k are those from starts[k] to starts[k + 1]. */
  readonly scored: readonly {
    readonly starts: Int32Array;
    readonly places: Int32Array;
    readonly amounts: Float32Array;
  }[];
  /** What each key is worth, by average. */
  readonly worths: readonly Float32Array[];
  /** The original's probabilities, and its entropy terms: KL is `constant` less what is expected of the log-probabilities. */
  readonly wanted: Float64Array;
  readonly constant: number;
}

function passageOf(
  layout: Layout,
  { document, position: query, scores }: Pick<Observation, "document" | "position" | "scores">,
  decision: Decision,
): Passage {
  const tokens = document.tokens.slice(0, query + 1);
  const distinct = Int32Array.from(new Set(tokens));
  const phase = (document.position + query) % layout.period;
  const wanted = sharesOf(scores, decision);
  const current = tokens[query] as number;
  const own = layout.cases.find(
    (each) => (each.tokens?.has(current) ?? true) && (each.phase === undefined || each.phase === phase),
  );
  return {
    query,
    case: own,
    distinct,
    which: Int32Array.from(tokens, (token) => distinct.indexOf(token)),
    nears: own?.differences && nearsOf(layout, own, own.differences, current),
    scored: layout.looks.map(({ terms }) => {
      const starts = new Int32Array(query + 2);
      const found: number[] = [];
      for (let key = 0; key <= query; key++) {
        for (const term of terms) term(document, query, key, found);
        starts[key + 1] = found.length / 2;
      }
      return {
        starts,
        places: Int32Array.from({ length: found.length / 2 }, (_, at) => found[2 * at] as number),
        amounts: Float32Array.from({ length: found.length / 2 }, (_, at) => found[2 * at + 1] as number),
      };
    }),
    worths: layout.averages.map(({ worth }) =>
      Float32Array.from({ length: query + 1 }, (_, key) => worth(document, query, key)),
    ),
    wanted,
    constant: wanted.reduce((sum, share) => sum + xlogx(share) + (decision === "positive" ? xlogx(1 - share) : 0), 0),
  };
}

/** Tokens, and the places of the numbers at the points that each lies between, with the share of the second one. */
interface Nears {
  readonly tokens: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly share: Float64Array;
}

function nearsOf({ values, nears }: Layout, own: CaseLayout, points: Curve["points"], current: number): Nears {
  const byToken = nears.get(own) ?? new Map<number, Nears>();
  nears.set(own, byToken);
  const known = byToken.get(current);
  if (known) return known;
  const found = values.flatMap((value, token) => {
    const difference = value - (values[current] as number);
    if (!own.isOther[token] || Number.isNaN(difference)) return [];
    const near: number[] = [];
    between(points, difference, near);
    const [left = 0, , right = left, share = 0] = near;
    return [{ token, left, right, share }];
  });
  const made: Nears = {
    tokens: Int32Array.from(found, ({ token }) => token),
    left: Int32Array.from(found, ({ left }) => left),
    right: Int32Array.from(found, ({ right }) => right),
    share: Float64Array.from(found, ({ share }) => share),
  };
  byToken.set(current, made);
  return made;
}

const xlogx = (share: number): number => (share > 0 ? share * Math.log(share) : 0);

/** Adds a position's gradient; returns its KL. */
function addSlope(
  { looks, averages }: Layout,
  { query, case: own, distinct, which, nears, scored, worths, wanted, constant }: Passage,
  numbers: Float64Array,
  gradient: Float64Array,
  decision: Decision,
): number {
  const valueOf = (place: number): number => numbers[place] as number;
  const size = wanted.length;
  // Forward: shares, averages, scores.
  const shares = scored.map(({ starts, places, amounts }) => {
    const row = new Float64Array(query + 1);
    let highest = -Infinity;
    for (let key = 0; key <= query; key++) {
      let score = 0;
      for (let at = starts[key] as number; at < (starts[key + 1] as number); at++)
        score += (amounts[at] as number) * valueOf(places[at] as number);
      row[key] = score;
      if (score > highest) highest = score;
    }
    let total = 0;
    for (let key = 0; key <= query; key++) total += row[key] = Math.exp((row[key] as number) - highest);
    for (let key = 0; key <= query; key++) row[key] = (row[key] as number) / total;
    return row;
  });
  const found = averages.map(({ looks: at }, average) =>
    dot(shares[at] as Float64Array, worths[average] as Float32Array),
  );
  const scores = new Float64Array(size);
  const attended = (own?.copies ?? []).map(({ looks: at }) => {
    const sums = new Float64Array(distinct.length);
    (shares[at] as Float64Array).forEach((share, key) => {
      const token = which[key] as number;
      sums[token] = (sums[token] as number) + share;
    });
    return sums;
  });
  if (own) {
    scores.fill(scoreAt(own.others, numbers, found));
    own.copies.forEach(({ points }, copy) => {
      const unattended = alongPlaces(points, numbers, 0);
      (attended[copy] as Float64Array).forEach((share, at) => {
        const token = distinct[at] as number;
        scores[token] = (scores[token] as number) + alongPlaces(points, numbers, share) - unattended;
      });
    });
    nears?.tokens.forEach((token, at) => {
      const [left, right] = [numbers[nears.left[at] as number] as number, numbers[nears.right[at] as number] as number];
      scores[token] = (scores[token] as number) + left + (nears.share[at] as number) * (right - left);
    });
    for (const [token, score] of own.listed) scores[token] = scoreAt(score, numbers, found);
  }
  const { kl, slopes } = klOf(scores, wanted, constant, decision);
  if (!own) return kl;
  // Backward.
  const byAverage = new Float64Array(found.length);
  const byShare = looks.map(() => new Float64Array(query + 1));
  let ofOthers = 0;
  for (let token = 0; token < size; token++) ofOthers += (own.isOther[token] as number) * (slopes[token] as number);
  const addScore = (score: ScoreLayout, slope: number): void => {
    for (const term of score) {
      if (typeof term === "number") gradient[term] = (gradient[term] as number) + slope;
      else {
        const value = found[term.average] as number;
        addPoints(term.points, value, slope, gradient);
        byAverage[term.average] = (byAverage[term.average] as number) + slope * steepness(term.points, numbers, value);
      }
    }
  };
  addScore(own.others, ofOthers);
  for (const [token, score] of own.listed) addScore(score, slopes[token] as number);
  own.copies.forEach(({ looks: at, points }, copy) => {
    const rates = (attended[copy] as Float64Array).map((share, index) => {
      const token = distinct[index] as number;
      const slope = (own.isOther[token] as number) * (slopes[token] as number);
      if (slope === 0) return 0;
      addPoints(points, share, slope, gradient);
      addPoints(points, 0, -slope, gradient);
      return slope * steepness(points, numbers, share);
    });
    const into = byShare[at] as Float64Array;
    for (let key = 0; key <= query; key++) into[key] = (into[key] as number) + (rates[which[key] as number] as number);
  });
  nears?.tokens.forEach((token, at) => {
    const [left, right] = [nears.left[at] as number, nears.right[at] as number];
    const [slope, share] = [slopes[token] as number, nears.share[at] as number];
    gradient[left] = (gradient[left] as number) + (1 - share) * slope;
    gradient[right] = (gradient[right] as number) + share * slope;
  });
  averages.forEach(({ looks: at }, average) => {
    const slope = byAverage[average] as number;
    if (slope === 0) return;
    const [into, worth] = [byShare[at] as Float64Array, worths[average] as Float32Array];
    for (let key = 0; key <= query; key++) into[key] = (into[key] as number) + slope * (worth[key] as number);
  });
  scored.forEach(({ starts, places, amounts }, at) => {
    const [row, into] = [shares[at] as Float64Array, byShare[at] as Float64Array];
    const mean = dot(row, into);
    for (let key = 0; key <= query; key++) {
      const slope = (row[key] as number) * ((into[key] as number) - mean);
      for (let term = starts[key] as number; term < (starts[key + 1] as number); term++) {
        const place = places[term] as number;
        gradient[place] = (gradient[place] as number) + slope * (amounts[term] as number);
      }
    }
  });
  return kl;
}

function klOf(
  scores: Float64Array,
  wanted: Float64Array,
  constant: number,
  decision: Decision,
): { readonly kl: number; readonly slopes: Float64Array } {
  const slopes = new Float64Array(scores.length);
  let kl = constant;
  if (decision === "positive") {
    for (let token = 0; token < scores.length; token++) {
      const [score, share] = [scores[token] as number, wanted[token] as number];
      const softplus = Math.max(0, score) + Math.log1p(Math.exp(-Math.abs(score)));
      kl += softplus - share * score;
      slopes[token] = 1 / (1 + Math.exp(-score)) - share;
    }
    return { kl, slopes };
  }
  let highest = -Infinity;
  for (const score of scores) if (score > highest) highest = score;
  let total = 0;
  for (let token = 0; token < scores.length; token++)
    total += slopes[token] = Math.exp((scores[token] as number) - highest);
  const level = highest + Math.log(total);
  for (let token = 0; token < scores.length; token++) {
    const share = wanted[token] as number;
    kl += share * (level - (scores[token] as number));
    slopes[token] = (slopes[token] as number) / total - share;
  }
  return { kl, slopes };
}

function scoreAt(score: ScoreLayout, numbers: Float64Array, averages: readonly number[]): number {
  let sum = 0;
  for (const term of score) {
    sum +=
      typeof term === "number"
        ? (numbers[term] as number)
        : alongPlaces(term.points, numbers, averages[term.average] as number);
  }
  return sum;
}

/** Index of the first point at or beyond a value; as many as there are points where there is none. */
function pointAfter(points: Curve["points"], value: number): number {
  let after = 0;
  while (after < points.length && (points[after] as readonly [number, number])[0] < value) after++;
  return after;
}

/** `along` of points whose scores are places of numbers. */
function alongPlaces(points: Curve["points"], numbers: Float64Array, value: number): number {
  const after = pointAfter(points, value);
  const [right, left] = [points[after], points[after - 1]];
  if (!right) return left ? (numbers[left[1]] as number) : 0;
  if (!left) return numbers[right[1]] as number;
  const share = (value - left[0]) / (right[0] - left[0]);
  return (1 - share) * (numbers[left[1]] as number) + share * (numbers[right[1]] as number);
}

function addPoints(points: Curve["points"], value: number, slope: number, gradient: Float64Array): void {
  const after = pointAfter(points, value);
  const [right, left] = [points[after], points[after - 1]];
  const share = right ? (left ? (value - left[0]) / (right[0] - left[0]) : 1) : 0;
  if (left) gradient[left[1]] = (gradient[left[1]] as number) + (1 - share) * slope;
  if (right) gradient[right[1]] = (gradient[right[1]] as number) + share * slope;
}

/** How steep the line is at a value. */
function steepness(points: Curve["points"], numbers: Float64Array, value: number): number {
  const after = pointAfter(points, value);
  const [right, left] = [points[after], points[after - 1]];
  if (!right || !left) return 0;
  return ((numbers[right[1]] as number) - (numbers[left[1]] as number)) / (right[0] - left[0]);
}

function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] as number) * (other[index] as number);
  return sum;
}
