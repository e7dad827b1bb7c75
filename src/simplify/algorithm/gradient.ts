import type { Algorithm } from "../../runtime/index.ts";
import type { Decision } from "../../text/index.ts";
import { atEach, excerptsOf, type Asked, type Excerpt, type Passage, type Row } from "./excerpts.ts";
import { layoutOf, type CaseLayout, type Held, type Layout } from "./layout.ts";
import { NearTables } from "./near-tables.ts";
import { numbersOf, withNumbers } from "./numbers.ts";
import { addPoints, addScore, alongPlaces, scoreAt, steepness, type Slopes } from "./score-slopes.ts";

/** KL(original || algorithm) a position with what patterns add to it, in nats, and its gradient by the algorithm's numbers. */
export interface Slope {
  readonly loss: number;
  readonly gradient: Float64Array;
}

/**
 * The loss as a function of an algorithm's numbers. Without its gradient it takes half the time, and far less where only a few
 * numbers are others than they were the last time.
 */
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
  const known = excerpts.map((): Known => ({ shares: [], byShare: [], missed: [], values: [], worths: [], kls: [] }));
  let before = new Float64Array(size).fill(NaN);
  const count = held.observations.length;
  const nears = new NearTables();
  const [scores, slopes, attended] = [new Float64Array(held.words.length), new Float64Array(held.words.length), []];
  const sum = (numbers: Float64Array, gradient?: Float64Array): number => {
    const here: Here = { numbers, changes: changesOf(layout, before, numbers), nears, scores, slopes, attended };
    nears.renew(numbers);
    before = numbers.slice();
    const loss = excerpts.reduce(
      (total, excerpt, index) => total + lossAt(layout, excerpt, known[index] as Known, here, decision, gradient),
      0,
    );
    if (gradient) nears.addTo(gradient);
    return loss;
  };
  return {
    lossAt: (numbers) => sum(numbers) / count,
    slopeAt: (numbers) => {
      const gradient = new Float64Array(size);
      const loss = sum(numbers, gradient) / count;
      return { loss, gradient: gradient.map((slope) => slope / count) };
    },
  };
}

/** What was worked out of an excerpt for the numbers that it was last asked for. */
interface Known {
  /** By looks and position: the shares of keys, room for the slopes of these, and what they miss of a pattern. */
  readonly shares: Float64Array[][];
  readonly byShare: Float64Array[][];
  readonly missed: number[][];
  /** By average and position: its value, and what keys are worth to it. */
  readonly values: number[][];
  readonly worths: ArrayLike<number>[][];
  /** By passage. */
  readonly kls: number[];
}

/** What has to be worked out anew. */
interface Changes {
  readonly looks: readonly boolean[];
  readonly averages: readonly boolean[];
  readonly cases: ReadonlySet<CaseLayout>;
}

/** The numbers that the loss is asked for. */
interface Here {
  readonly numbers: Float64Array;
  readonly changes: Changes;
  readonly nears: NearTables;
  /** Room for the scores of all tokens at a position, for their slopes, and by copy for how far each is attended to. */
  readonly scores: Float64Array;
  readonly slopes: Float64Array;
  readonly attended: Float64Array[];
}

function changesOf(layout: Layout, before: Float64Array, after: Float64Array): Changes {
  const isOther = (place: number): boolean => before[place] !== after[place];
  const looks = layout.looks.map(({ places }) => places.some(isOther));
  const averages: boolean[] = [];
  for (const { looks: own, places, follows } of layout.averages) {
    averages.push(looks[own] === true || places.some(isOther) || follows.some((average) => averages[average]));
  }
  const cases = layout.cases.filter(
    ({ places, follows, copies }) =>
      places.some(isOther) || follows.some((average) => averages[average]) || copies.some((own) => looks[own.looks]),
  );
  return { looks, averages, cases: new Set(cases) };
}

/** What the positions of an excerpt add to the loss; its gradient is added where there is one to add to. */
function lossAt(
  layout: Layout,
  excerpt: Excerpt,
  known: Known,
  here: Here,
  decision: Decision,
  gradient?: Float64Array,
): number {
  const { numbers, changes } = here;
  const { rows, passages } = excerpt;
  rows.forEach((own, looks) => {
    if (!changes.looks[looks] && known.shares[looks]) return;
    const shares = (known.shares[looks] ??= roomFor(own));
    known.missed[looks] = atEach(own.positions, (query) =>
      setShares(own.at[query] as Row, numbers, shares[query] as Float64Array),
    );
  });
  updateAverages(layout, excerpt, known, here);
  const { shares, values, worths } = known;
  const slopes = gradient && {
    gradient,
    byShare: rows.map((own, looks) => {
      const room = (known.byShare[looks] ??= roomFor(own));
      for (const query of own.positions) room[query]?.fill(0);
      return room;
    }),
    byValue: values.map((own) => new Float64Array(own.length)),
  };
  let loss = 0;
  passages.forEach((passage, index) => {
    const isKnown = known.kls[index] !== undefined && !(passage.case && changes.cases.has(passage.case));
    if (slopes || !isKnown) {
      known.kls[index] = passageLossAt(passage, here, values, shares, decision, slopes);
    }
    loss += known.kls[index] as number;
  });
  // Once a position, as its slope is, though a position may count twice among the passages.
  rows.forEach(({ positions }, looks) => {
    for (const query of positions) loss += PATTERN_WEIGHT * (known.missed[looks]?.[query] as number);
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

/** A number for each key. */
function roomFor({ positions, at }: Asked<Row>): Float64Array[] {
  return atEach(positions, (query) => new Float64Array((at[query] as Row).starts.length - 1));
}

/** Sets the shares of keys; returns KL(pattern || shares), in nats, or 0 where there is no pattern. */
function setShares(
  { starts, places, amounts, pattern, certainty }: Row,
  numbers: Float64Array,
  row: Float64Array,
): number {
  const size = row.length;
  let highest = -Infinity;
  let expected = 0;
  for (let key = 0; key < size; key++) {
    let score = 0;
    for (let at = starts[key] as number; at < (starts[key + 1] as number); at++)
      score += (amounts[at] as number) * (numbers[places[at] as number] as number);
    row[key] = score;
    if (score > highest) highest = score;
    if (pattern) expected += (pattern[key] as number) * score;
  }
  let total = 0;
  for (let key = 0; key < size; key++) total += row[key] = Math.exp((row[key] as number) - highest);
  for (let key = 0; key < size; key++) row[key] = (row[key] as number) / total;
  return pattern ? certainty - expected + highest + Math.log(total) : 0;
}

/** Brings up to date what averages are, and what keys are worth to them. */
function updateAverages({ averages }: Layout, excerpt: Excerpt, known: Known, { numbers, changes }: Here): void {
  const { shares, values } = known;
  excerpt.worths.forEach((own, average) => {
    if (!changes.averages[average] && values[average]) return;
    const byKey = "scores" in own ? own.scores.map((score, key) => scoreAt(score, numbers, values, key)) : [];
    const worth = atEach<ArrayLike<number>>(own.positions, (query) => own.at[query] ?? byKey);
    const looks = averages[average]?.looks as number;
    known.worths[average] = worth;
    values[average] = atEach(own.positions, (query) =>
      dot(shares[looks]?.[query] as Float64Array, worth[query] as ArrayLike<number>),
    );
  });
}

/** KL at one scored position, by what is attended to and found there. */
function passageLossAt(
  { query, case: own, distinct, which, nears, copyNears, wanted, constant }: Passage,
  { numbers, nears: tables, ...room }: Here,
  values: readonly (readonly number[])[],
  shares: readonly (readonly Float64Array[])[],
  decision: Decision,
  back: Slopes | undefined,
): number {
  const size = wanted.length;
  const scores = room.scores.fill(0);
  if (own) {
    scores.fill(scoreAt(own.others, numbers, values, query));
    own.copies.forEach(({ looks: at, back: before = 0, points }, copy) => {
      const attended = (room.attended[copy] ??= new Float64Array(size)).fill(0, 0, distinct.length);
      const row = shares[at]?.[query] as Float64Array;
      for (let key = before; key <= query; key++) {
        const token = which[key - before] as number;
        attended[token] = (attended[token] as number) + (row[key] as number);
      }
      const unattended = alongPlaces(points, numbers, 0);
      for (let index = 0; index < distinct.length; index++) {
        const [token, share] = [distinct[index] as number, attended[index] as number];
        const score = alongPlaces(points, numbers, share) - unattended;
        scores[token] = (scores[token] as number) + score;
        const around = share < LEAST_SHARE ? undefined : copyNears[copy]?.[index];
        if (around) tables.add(scores, around, score);
      }
    });
    if (nears) tables.add(scores, nears, 1);
    for (const [token, score] of own.listed) scores[token] = scoreAt(score, numbers, values, query);
  }
  const { kl, slopes } = klOf(scores, wanted, constant, decision, room.slopes);
  if (!back || !own) return kl;
  const { gradient, byShare } = back;
  let ofOthers = 0;
  for (let token = 0; token < size; token++) ofOthers += (own.isOther[token] as number) * (slopes[token] as number);
  addScore(own.others, ofOthers, numbers, values, back, query);
  for (const [token, score] of own.listed) addScore(score, slopes[token] as number, numbers, values, back, query);
  own.copies.forEach(({ looks: at, back: before = 0, points }, copy) => {
    const unattended = alongPlaces(points, numbers, 0);
    const attended = room.attended[copy] as Float64Array;
    for (let index = 0; index < distinct.length; index++) {
      const [token, share] = [distinct[index] as number, attended[index] as number];
      const around = share < LEAST_SHARE ? undefined : copyNears[copy]?.[index];
      const score = alongPlaces(points, numbers, share) - unattended;
      const slope =
        (own.isOther[token] as number) * (slopes[token] as number) +
        (around ? tables.addSlopes(slopes, around, score) : 0);
      addPoints(points, share, slope, gradient);
      addPoints(points, 0, -slope, gradient);
      // What was attended to is needed no more.
      attended[index] = slope * steepness(points, numbers, share);
    }
    const into = byShare[at]?.[query] as Float64Array;
    for (let key = before; key <= query; key++)
      into[key] = (into[key] as number) + (attended[which[key - before] as number] as number);
  });
  if (nears) tables.addSlopes(slopes, nears, 1);
  return kl;
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
  slopes: Float64Array = new Float64Array(scores.length),
): { readonly kl: number; readonly slopes: Float64Array } {
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

export function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] as number) * (other[index] as number);
  return sum;
}
