import type { Algorithm, Curve } from "../../runtime/index.ts";
import type { Decision } from "../../text/index.ts";
import { layoutOf, passageOf, type Held, type Layout, type Nears, type Passage, type ScoreLayout } from "./layout.ts";
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
  const passages = held.observations.map((observation) => passageOf(layout, observation, decision));
  const sum = (numbers: Float64Array, gradient?: Float64Array): number =>
    passages.reduce((total, passage) => total + lossAt(layout, passage, numbers, decision, gradient), 0);
  return {
    lossAt: (numbers) => sum(numbers) / passages.length,
    slopeAt: (numbers) => {
      const gradient = new Float64Array(size);
      const loss = sum(numbers, gradient) / passages.length;
      return { loss, gradient: gradient.map((slope) => slope / passages.length) };
    },
  };
}

/** What one position adds to the loss; its gradient is added where there is one to add to. */
function lossAt(
  { looks, averages }: Layout,
  { query, case: own, distinct, which, nears, copyNears, scored, worths, wanted, constant }: Passage,
  numbers: Float64Array,
  decision: Decision,
  gradient?: Float64Array,
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
        const score = alongPlaces(points, numbers, share) - unattended;
        scores[token] = (scores[token] as number) + score;
        const around = share < LEAST_SHARE ? undefined : copyNears[copy]?.[at];
        if (around) addNears(scores, around, numbers, score);
      });
    });
    if (nears) addNears(scores, nears, numbers, 1);
    for (const [token, score] of own.listed) scores[token] = scoreAt(score, numbers, found);
  }
  const { kl, slopes } = klOf(scores, wanted, constant, decision);
  const loss = scored.reduce(
    (sum, { pattern }, at) => sum + (pattern ? PATTERN_WEIGHT * missedBy(pattern, shares[at] as Float64Array) : 0),
    kl,
  );
  if (!gradient) return loss;
  // Backward.
  const byAverage = new Float64Array(found.length);
  const byShare = looks.map(() => new Float64Array(query + 1));
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
  if (own) {
    let ofOthers = 0;
    for (let token = 0; token < size; token++) ofOthers += (own.isOther[token] as number) * (slopes[token] as number);
    addScore(own.others, ofOthers);
    for (const [token, score] of own.listed) addScore(score, slopes[token] as number);
  }
  own?.copies.forEach(({ looks: at, points }, copy) => {
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
    const into = byShare[at] as Float64Array;
    for (let key = 0; key <= query; key++) into[key] = (into[key] as number) + (rates[which[key] as number] as number);
  });
  if (nears) addNearSlopes(gradient, nears, numbers, slopes, 1);
  averages.forEach(({ looks: at }, average) => {
    const slope = byAverage[average] as number;
    if (slope === 0) return;
    const [into, worth] = [byShare[at] as Float64Array, worths[average] as Float32Array];
    for (let key = 0; key <= query; key++) into[key] = (into[key] as number) + slope * (worth[key] as number);
  });
  scored.forEach(({ starts, places, amounts, pattern }, at) => {
    const [row, into] = [shares[at] as Float64Array, byShare[at] as Float64Array];
    const mean = dot(row, into);
    for (let key = 0; key <= query; key++) {
      const share = row[key] as number;
      let slope = share * ((into[key] as number) - mean);
      if (pattern) {
        const wanted = pattern[key] as number;
        slope += PATTERN_WEIGHT * (share - wanted);
      }
      for (let term = starts[key] as number; term < (starts[key + 1] as number); term++) {
        const place = places[term] as number;
        gradient[place] = (gradient[place] as number) + slope * (amounts[term] as number);
      }
    }
  });
  return loss;
}

/** KL(pattern || shares), in nats. */
function missedBy(pattern: Float32Array, shares: Float64Array): number {
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

function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] as number) * (other[index] as number);
  return sum;
}
