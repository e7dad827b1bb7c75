import type { Algorithm, Curve } from "../../runtime/index.ts";
import type { Decision } from "../../text/index.ts";
import {
  excerptsOf,
  layoutOf,
  type Asked,
  type Excerpt,
  type Held,
  type Layout,
  type Nears,
  type Passage,
  type Row,
  type ScoreLayout,
} from "./layout.ts";
import { numbersOf, withNumbers } from "./numbers.ts";

/** KL(original || algorithm) a position with what patterns add to it, in nats, and its gradient by the algorithm's numbers. */
export interface Slope {
  readonly loss: number;
  readonly gradient: Float64Array;
}

/** The loss as a function of an algorithm's numbers; without its gradient it takes half the time. */
export interface Landscape {
  readonly lossAt: (numbers: Float64Array) => number;
  readonly slopeAt: (numbers: Float64Array) => Slope;
}

/** What a head's patterns weigh beside the scores: nats of the one against nats of the other. */
const PATTERN_WEIGHT = 0.2;
/** What gets less attention than this raises nothing near it. */
const LEAST_SHARE = 5e-3;

/**
 * Makes the KL of an algorithm, and of its patterns by a small part, a function of its numbers in the order of `numbersOf`:
 * what answers well by looking elsewhere than the model does is no account of it.
 */
export function landscapeOf(algorithm: Algorithm, held: Held): Landscape {
  const size = numbersOf(algorithm).length;
  // The same algorithm with the index of each number in its place.
  const places = withNumbers(
    algorithm,
    Float64Array.from({ length: size }, (_, index) => index),
  );
  const { decision } = held;
  const layout = layoutOf(places, held);
  const excerpts = excerptsOf(layout, held.observations, decision);
  const count = held.observations.length;
  const sum = (numbers: Float64Array, gradient?: Float64Array): number =>
    excerpts.reduce((total, excerpt) => total + lossAt(layout, excerpt, numbers, decision, gradient), 0);
  return {
    lossAt: (numbers) => sum(numbers) / count,
    slopeAt: (numbers) => {
      const gradient = new Float64Array(size);
      const loss = sum(numbers, gradient) / count;
      return { loss, gradient: gradient.map((slope) => slope / count) };
    },
  };
}

/** What the positions of an excerpt add to the loss; its gradient is added where there is one to add to. */
function lossAt(
  layout: Layout,
  excerpt: Excerpt,
  numbers: Float64Array,
  decision: Decision,
  gradient?: Float64Array,
): number {
  const { rows, passages } = excerpt;
  const shares = rows.map((own) => atEach(own, (row) => sharesAt(row, numbers)));
  const { values, worths } = averagesAt(layout, excerpt, numbers, shares);
  const slopes = gradient && {
    gradient,
    byShare: rows.map((own, looks) =>
      atEach(own, (_, query) => new Float64Array((shares[looks]?.[query] as Float64Array).length)),
    ),
    byValue: values.map((own) => new Float64Array(own.length)),
  };
  let loss = 0;
  for (const passage of passages) {
    loss += passageLossAt(passage, numbers, values, shares, decision, slopes);
  }
  // Once a position, as its slope is, though a position may count twice among the passages.
  rows.forEach(({ positions, at }, looks) => {
    for (const query of positions) {
      const pattern = at[query]?.pattern;
      if (pattern) loss += PATTERN_WEIGHT * missedBy(pattern, shares[looks]?.[query] as Float64Array);
    }
  });
  if (!slopes) return loss;
  const { byShare, byValue } = slopes;
  // From the last average on: what others go by comes before them.
  for (let average = layout.averages.length - 1; average >= 0; average--) {
    const looks = layout.averages[average]?.looks as number;
    const { positions, ...own } = excerpt.worths[average] as Excerpt["worths"][number];
    const scores = "scores" in own ? own.scores : undefined;
    const byWorth = new Float64Array(scores?.length ?? 0);
    for (const query of positions) {
      const slope = byValue[average]?.[query] as number;
      if (slope === 0) continue;
      const [into, share] = [byShare[looks]?.[query] as Float64Array, shares[looks]?.[query] as Float64Array];
      const worth = worths[average]?.[query] as ArrayLike<number>;
      for (let key = 0; key <= query; key++) {
        into[key] = (into[key] as number) + slope * (worth[key] as number);
        if (scores) byWorth[key] = (byWorth[key] as number) + slope * (share[key] as number);
      }
    }
    byWorth.forEach((slope, key) => {
      if (slope !== 0) addScore(scores?.[key] ?? [], slope, numbers, values, slopes, key);
    });
  }
  rows.forEach(({ positions, at }, looks) => {
    for (const query of positions) {
      const [share, into] = [shares, byShare].map((all) => all[looks]?.[query] as Float64Array);
      addRow(at[query] as Row, share as Float64Array, into as Float64Array, slopes.gradient);
    }
  });
  return loss;
}

/** Something else at the same positions. */
function atEach<From, To>({ positions, at }: Asked<From>, of: (item: From, position: number) => To): To[] {
  const made: To[] = [];
  for (const position of positions) made[position] = of(at[position] as From, position);
  return made;
}

function sharesAt({ starts, places, amounts }: Row, numbers: Float64Array): Float64Array {
  const size = starts.length - 1;
  const row = new Float64Array(size);
  let highest = -Infinity;
  for (let key = 0; key < size; key++) {
    let score = 0;
    for (let at = starts[key] as number; at < (starts[key + 1] as number); at++)
      score += (amounts[at] as number) * (numbers[places[at] as number] as number);
    row[key] = score;
    if (score > highest) highest = score;
  }
  let total = 0;
  for (let key = 0; key < size; key++) total += row[key] = Math.exp((row[key] as number) - highest);
  for (let key = 0; key < size; key++) row[key] = (row[key] as number) / total;
  return row;
}

/** By average and position: its value, and what keys are worth to it. */
function averagesAt(
  { averages }: Layout,
  excerpt: Excerpt,
  numbers: Float64Array,
  shares: readonly (readonly Float64Array[])[],
): { readonly values: number[][]; readonly worths: ArrayLike<number>[][] } {
  const values: number[][] = [];
  const worths = excerpt.worths.map((own, average): ArrayLike<number>[] => {
    const byKey = "scores" in own ? own.scores.map((score, key) => scoreAt(score, numbers, values, key)) : [];
    const worth = atEach<Float32Array | undefined, ArrayLike<number>>(own, (known) => known ?? byKey);
    const looks = averages[average]?.looks as number;
    values.push(
      atEach(own, (_, query) => dot(shares[looks]?.[query] as Float64Array, worth[query] as ArrayLike<number>)),
    );
    return worth;
  });
  return { values, worths };
}

/** Where slopes are added up: by number, by looks, position and key, and by average and position. */
interface Slopes {
  readonly gradient: Float64Array;
  readonly byShare: readonly (readonly Float64Array[])[];
  readonly byValue: readonly Float64Array[];
}

/** KL at one scored position, by what is attended to and found there. */
function passageLossAt(
  { query, case: own, distinct, which, nears, copyNears, wanted, constant }: Passage,
  numbers: Float64Array,
  values: readonly (readonly number[])[],
  shares: readonly (readonly Float64Array[])[],
  decision: Decision,
  back: Slopes | undefined,
): number {
  const size = wanted.length;
  const scores = new Float64Array(size);
  const attended = (own?.copies ?? []).map(({ looks: at }) => {
    const sums = new Float64Array(distinct.length);
    shares[at]?.[query]?.forEach((share, key) => {
      const token = which[key] as number;
      sums[token] = (sums[token] as number) + share;
    });
    return sums;
  });
  if (own) {
    scores.fill(scoreAt(own.others, numbers, values, query));
    own.copies.forEach(({ points }, copy) => {
      const unattended = alongPlaces(points, numbers, 0);
      (attended[copy] as Float64Array).forEach((share, at) => {
        const token = distinct[at] as number;
        const score = alongPlaces(points, numbers, share) - unattended;
        scores[token] = (scores[token] as number) + score;
        const around = share < LEAST_SHARE ? undefined : copyNears[copy]?.[at];
        if (around) addNears(scores, around, numbers, score);
      });
    });
    if (nears) addNears(scores, nears, numbers, 1);
    for (const [token, score] of own.listed) scores[token] = scoreAt(score, numbers, values, query);
  }
  const { kl, slopes } = klOf(scores, wanted, constant, decision);
  if (!back || !own) return kl;
  const { gradient, byShare } = back;
  let ofOthers = 0;
  for (let token = 0; token < size; token++) ofOthers += (own.isOther[token] as number) * (slopes[token] as number);
  addScore(own.others, ofOthers, numbers, values, back, query);
  for (const [token, score] of own.listed) addScore(score, slopes[token] as number, numbers, values, back, query);
  own.copies.forEach(({ looks: at, points }, copy) => {
    const unattended = alongPlaces(points, numbers, 0);
    const rates = (attended[copy] as Float64Array).map((share, index) => {
      const token = distinct[index] as number;
      const around = share < LEAST_SHARE ? undefined : copyNears[copy]?.[index];
      const score = alongPlaces(points, numbers, share) - unattended;
      const slope =
        (own.isOther[token] as number) * (slopes[token] as number) +
        (around ? addNearSlopes(gradient, around, numbers, slopes, score) : 0);
      if (slope === 0) return 0;
      addPoints(points, share, slope, gradient);
      addPoints(points, 0, -slope, gradient);
      return slope * steepness(points, numbers, share);
    });
    const into = byShare[at]?.[query] as Float64Array;
    for (let key = 0; key <= query; key++) into[key] = (into[key] as number) + (rates[which[key] as number] as number);
  });
  if (nears) addNearSlopes(gradient, nears, numbers, slopes, 1);
  return kl;
}

/** Adds the gradient of a score that follows averages at a position. */
function addScore(
  score: ScoreLayout,
  slope: number,
  numbers: Float64Array,
  values: readonly (readonly number[])[],
  { gradient, byValue }: Slopes,
  position: number,
): void {
  for (const term of score) {
    if (typeof term === "number") gradient[term] = (gradient[term] as number) + slope;
    else {
      const value = values[term.average]?.[position] as number;
      const into = byValue[term.average] as Float64Array;
      addPoints(term.points, value, slope, gradient);
      into[position] = (into[position] as number) + slope * steepness(term.points, numbers, value);
    }
  }
}

/** Adds the gradient of attention scores, by the slopes of the shares and by what the pattern misses. */
function addRow(
  { starts, places, amounts, pattern }: Row,
  row: Float64Array,
  into: Float64Array,
  gradient: Float64Array,
): void {
  const mean = dot(row, into);
  for (let key = 0; key < row.length; key++) {
    const share = row[key] as number;
    let slope = share * ((into[key] as number) - mean);
    if (pattern) slope += PATTERN_WEIGHT * (share - (pattern[key] as number));
    for (let term = starts[key] as number; term < (starts[key + 1] as number); term++) {
      const place = places[term] as number;
      gradient[place] = (gradient[place] as number) + slope * (amounts[term] as number);
    }
  }
}

/** KL(pattern || shares), in nats. */
export function missedBy(pattern: Float32Array, shares: Float64Array): number {
  return pattern.reduce(
    (sum, wanted, key) => (wanted > 0 ? sum + wanted * Math.log(wanted / Math.max(shares[key] as number, 1e-30)) : sum),
    0,
  );
}

export function klOf(
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

/** A score that follows averages at a position. */
function scoreAt(
  score: ScoreLayout,
  numbers: Float64Array,
  values: readonly (readonly number[])[],
  position: number,
): number {
  let sum = 0;
  for (const term of score) {
    sum +=
      typeof term === "number"
        ? (numbers[term] as number)
        : alongPlaces(term.points, numbers, values[term.average]?.[position] as number);
  }
  return sum;
}

/** Adds what each number gets by its difference, so many times. */
function addNears(
  scores: Float64Array,
  { tokens, left, right, share }: Nears,
  numbers: Float64Array,
  times: number,
): void {
  for (let at = 0; at < tokens.length; at++) {
    const [low, high] = [numbers[left[at] as number] as number, numbers[right[at] as number] as number];
    const token = tokens[at] as number;
    scores[token] = (scores[token] as number) + times * (low + (share[at] as number) * (high - low));
  }
}

/** Adds the gradient of that; returns the slope by `times`. */
function addNearSlopes(
  gradient: Float64Array,
  { tokens, left, right, share }: Nears,
  numbers: Float64Array,
  slopes: Float64Array,
  times: number,
): number {
  let byTimes = 0;
  for (let at = 0; at < tokens.length; at++) {
    const slope = slopes[tokens[at] as number] as number;
    const [low, high, part] = [left[at] as number, right[at] as number, share[at] as number];
    byTimes += slope * ((1 - part) * (numbers[low] as number) + part * (numbers[high] as number));
    gradient[low] = (gradient[low] as number) + times * (1 - part) * slope;
    gradient[high] = (gradient[high] as number) + times * part * slope;
  }
  return byTimes;
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

export function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] as number) * (other[index] as number);
  return sum;
}
