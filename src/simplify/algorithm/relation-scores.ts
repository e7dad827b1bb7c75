import { compareRows } from "../../engine/index.ts";
import type { HeadPlace } from "../../ir/index.ts";
import { sharesOf, type Observation } from "../../profile/index.ts";
import {
  numberOf,
  runnerOf,
  type AlgorithmRun,
  type Average,
  type Case,
  type Copy,
  type Pattern,
  type Score,
} from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { fittedCurves } from "./curves.ts";
import { gauged, weightsOf } from "./readout.ts";
import { scoreOf, written } from "./written.ts";

/** A share of the attention that makes a token a candidate for what comes next. */
const CANDIDATE_SHARE = 0.01;
/** Tokens besides that every position's scores are fitted to. */
const OTHER_CANDIDATES = 4;
/** Rounds of fitting scores, each from what the one before came to. */
const ROUNDS = 8;
/** Keeps steps short where a probability is all but certain. */
const DAMPING = 0.02;
/** Weight of the original's own scores. */
const HELD = 1e-3;

/** A position with what the fitted patterns give there. */
export interface Row {
  readonly observation: Observation;
  /** Share of each token, by pattern. */
  readonly shares: readonly ReadonlyMap<number, number>[];
  readonly averages: readonly number[];
}

/** What scores may follow. */
export interface Found {
  readonly patterns: readonly Pattern[];
  readonly averages: readonly Average[];
}

/** What relations are fitted to. */
export interface RelationsInput {
  readonly observations: readonly Observation[];
  readonly words: readonly string[];
  readonly context: number;
  readonly decision: Decision;
  /** Heads whose patterns scores follow. */
  readonly heads: readonly HeadPlace[];
  /** What one more number must take off the KL, in nats a position. */
  readonly worth: number;
}

/** Scores by what is attended to, by size, and by averages: of several ways to fit them, what answers best. */
export function fittedRelationScores(input: RelationsInput, rows: readonly Row[], found: Found): Case[] {
  const { words, context, decision } = input;
  const answersOf = (cases: readonly Case[]): Answers => {
    const run = runnerOf({ context, ...found, cases }, words);
    const runs = new Map<TokenDocument, AlgorithmRun>();
    const scores = rows.map(({ observation: { document, position } }) => {
      const known = runs.get(document) ?? run(document.tokens, document.position);
      runs.set(document, known);
      return known.scores[position] as Float32Array;
    });
    const compared = scores.map((own, row) =>
      compareRows(decision, rows[row]?.observation.scores as Float32Array, own),
    );
    return {
      scores,
      flips: compared.filter(({ flip }) => flip).length,
      kl: compared.reduce((sum, { kl }) => sum + kl, 0),
    };
  };
  const start = rows.map((row) => originalAim(row, decision));
  const first = casesOf(input, rows, start, found);
  const atFirst = answersOf(first);
  let best = { cases: first, answers: atFirst };
  for (const next of [heeding, nearing]) {
    let [aims, answers] = [start, atFirst];
    for (let round = 1; round < ROUNDS; round++) {
      aims = next(rows, aims, answers.scores, decision);
      const cases = casesOf(input, rows, aims, found);
      answers = answersOf(cases);
      const { flips, kl } = best.answers;
      if (answers.flips < flips || (answers.flips === flips && answers.kl < kl)) best = { cases, answers };
    }
  }
  return best.cases;
}

/** What scores are to be at a position, and how much each weighs. */
interface Aim {
  readonly target: Float64Array;
  readonly weight: Float64Array;
}

/** Answers of the algorithm so far, at every row. */
interface Answers {
  readonly scores: readonly Float32Array[];
  readonly flips: number;
  readonly kl: number;
}

/** Where the next round of a fit is to go. */
type NextAims = (rows: readonly Row[], before: readonly Aim[], scores: Answers["scores"], decision: Decision) => Aim[];

const originalAim = ({ observation: { scores } }: Row, decision: Decision): Aim => ({
  target: gauged(scores, decision),
  weight: weightsOf(scores, decision),
});

/** Gives weight to what the algorithm believes, that it may learn where it is wrong. */
const heeding: NextAims = (rows, before, scores, decision) =>
  rows.map((row, index) => {
    const believed = weightsOf(scores[index] as Float32Array, decision);
    const weight = (before[index] as Aim).weight.map((own, token) => Math.max(own, believed[token] as number));
    return { ...originalAim(row, decision), weight };
  });

/**
 * One step of iteratively reweighted least squares towards the least KL (McCullagh and Nelder 1989, 2.5, with the diagonal of
 * the softmax's Hessian), held to the original's scores by a little weight.
 */
const nearing: NextAims = (rows, _before, scores, decision) =>
  rows.map((row, index) => {
    const own = scores[index] as Float32Array;
    const [wanted, believed] = [sharesOf(row.observation.scores, decision), sharesOf(own, decision)];
    const here = gauged(own, decision);
    const weight = believed.map((share) => share * (1 - share));
    const target = gauged(row.observation.scores, decision).map((original, token) => {
      const slope = weight[token] as number;
      const step = ((wanted[token] as number) - (believed[token] as number)) / (slope + DAMPING);
      return (slope * ((here[token] as number) + step) + HELD * original) / (slope + HELD);
    });
    return { target, weight: weight.map((slope) => slope + HELD) };
  });

/** What a number may be to the current one: smaller, the same, the next one in counting. */
const NEAR: readonly ((difference: number) => boolean)[] = [
  (difference) => difference < 0,
  (difference) => difference === 0,
  (difference) => difference === 1,
];

/** A case for every current token that is no number, and one for all numbers. */
function casesOf(input: RelationsInput, rows: readonly Row[], aims: readonly Aim[], found: Found): Case[] {
  const values = input.words.map(numberOf);
  const groups = new Map<number, number[]>();
  for (const [index, row] of rows.entries()) {
    const { document, position } = row.observation;
    const token = document.tokens[position] as number;
    const key = Number.isNaN(values[token]) ? token : Infinity;
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups]
    .sort(([one], [other]) => one - other)
    .map(([token, own]) => ({
      ...(token === Infinity ? {} : { after: [input.words[token] as string] }),
      ...fittedCase(
        input,
        own.map((index) => rows[index] as Row),
        own.map((index) => aims[index] as Aim),
        rows.length,
        values,
        found,
      ),
    }));
}

function fittedCase(
  { words, worth }: RelationsInput,
  rows: readonly Row[],
  aims: readonly Aim[],
  positions: number,
  values: readonly number[],
  { patterns, averages }: Found,
): Omit<Case, "after"> {
  // Numbers: by the attention that they get, and whether they come next in counting.
  const numbers = values.flatMap((value, id) => (Number.isNaN(value) ? [] : [id]));
  const entries = rows.flatMap(({ observation, shares }, row) => {
    const { document, position } = observation;
    const current = values[document.tokens[position] as number] as number;
    return numbers.flatMap((id, index) => {
      const attended = shares.map((byToken) => byToken.get(id) ?? 0);
      const difference = (values[id] as number) - current;
      const isCandidate =
        difference === 0 ||
        difference === 1 ||
        attended.some((share) => share >= CANDIDATE_SHARE) ||
        (index + row) % Math.ceil(numbers.length / OTHER_CANDIDATES) === 0;
      return isCandidate ? [{ row, id, attended, difference }] : [];
    });
  });
  const share = patterns.map((_, at) => Float64Array.from(entries, ({ attended }) => attended[at] as number));
  const fitted = fittedCurves(
    {
      variables: [
        ...share,
        ...NEAR.map((isNear) => Float64Array.from(entries, ({ difference }) => (isNear(difference) ? 1 : 0))),
      ],
      rising: new Set(patterns.map((_, at) => at)),
      target: Float64Array.from(entries, ({ row, id }) => aims[row]?.target[id] as number),
      weight: Float64Array.from(entries, ({ row, id }) => aims[row]?.weight[id] as number),
    },
    worth * positions,
  ).score;
  const copies = fitted.curves.flatMap(({ variable, points }): Copy[] => {
    const of = patterns[variable];
    return of ? [{ of, points: points.map(([x, y]) => [written(x), written(y)] as const) }] : [];
  });
  const [smaller = 0, same = 0, next = 0] = NEAR.map((_, at) => {
    const points = fitted.curves.find(({ variable }) => variable === patterns.length + at)?.points ?? [];
    return written((points.at(-1)?.[1] ?? 0) - (points[0]?.[1] ?? 0));
  });
  // What a number scores that is not attended to and does not come next.
  const base = fitted.constant + fitted.curves.reduce((sum, { points }) => sum + (points[0]?.[1] ?? 0), 0);
  const variables = averages.map((_, at) => Float64Array.from(rows, (row) => row.averages[at] as number));
  const scores = words.flatMap((word, id): [string, Score][] => {
    if (!Number.isNaN(values[id])) return [];
    const { score } = fittedCurves(
      {
        variables,
        target: Float64Array.from(aims, ({ target }) => target[id] as number),
        weight: Float64Array.from(aims, ({ weight }) => weight[id] as number),
      },
      worth * positions,
    );
    return [[word, scoreOf(score, averages)]];
  });
  return {
    ...(copies.length > 0 && { copies }),
    ...([smaller, same, next].some((score) => score !== 0) && {
      differences: [
        [-1, smaller],
        [0, same],
        [1, next],
        [2, 0],
      ] as const,
    }),
    scores: Object.fromEntries(scores),
    others: written(base),
  };
}
