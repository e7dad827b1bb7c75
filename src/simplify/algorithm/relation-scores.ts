import type { HeadPlace } from "../../ir/index.ts";
import type { Observation } from "../../profile/index.ts";
import {
  along,
  numberOf,
  type Algorithm,
  type Average,
  type Case,
  type Copy,
  type Curve,
  type Score,
} from "../../runtime/index.ts";
import type { Decision } from "../../text/index.ts";
import { fittedCurves } from "./curves.ts";
import { gauged, weightsOf } from "./readout.ts";
import { scoreOf, written } from "./written.ts";

/** A share of the attention that makes a token a candidate for what comes next. */
const CANDIDATE_SHARE = 0.01;
/** Tokens besides that every position's scores are fitted to. */
const OTHER_CANDIDATES = 4;

/** A position with what the fitted patterns give there. */
export interface Row {
  readonly observation: Observation;
  /** Share of each token, by what may be copied. */
  readonly shares: readonly ReadonlyMap<number, number>[];
  readonly averages: readonly number[];
}

/** What scores may follow: what a pattern attends to, or what stands so many tokens before that. */
export type Copied = Pick<Copy, "of" | "back">;

/** What scores may follow. */
export interface Found {
  readonly copied: readonly Copied[];
  readonly averages: readonly Average[];
}

/** What relations are fitted to. */
export interface RelationsInput {
  readonly observations: readonly Observation[];
  readonly words: readonly string[];
  readonly context: number;
  readonly decision: Decision;
  /** Tokens that one rule is for: numbers, or words of which none is special. */
  readonly alike: ReadonlySet<number>;
  /** Heads whose patterns scores follow. */
  readonly heads: readonly HeadPlace[];
  /** What one more number must take off the KL, in nats a position. */
  readonly worth: number;
}

/** What scores are to be at a position, and how much each weighs. */
interface Aim {
  readonly target: Float64Array;
  readonly weight: Float64Array;
}

/** What a number may be to the current one: smaller, the same, the next one in counting; and how much smaller or larger. */
const NEAR: readonly ((difference: number) => number)[] = [
  (difference) => (difference < 0 ? 1 : 0),
  (difference) => (difference === 0 ? 1 : 0),
  (difference) => (difference === 1 ? 1 : 0),
  (difference) => (difference < -1 ? Math.log2(-difference) : 0),
  (difference) => (difference > 2 ? Math.log2(difference / 2) : 0),
];

/** No part of a score for any number near what is attended to. */
const NOTHING_NEAR = [-64, -32, -16, -8, -4, -2, -1, 1, 2, 4, 8, 16, 32, 64].map(
  (difference) => [difference, 0] as const,
);

/** Differences that scores are written at where they go on changing beyond the nearest. */
const FURTHER = [2, 4, 8, 16, 32, 64, 128];

/**
 * Scores by what is attended to, by size, and by averages, nearest to the original's: a case for every current token that is
 * special, and one for all that are alike.
 */
export function fittedRelationScores(input: RelationsInput, rows: readonly Row[], found: Found): Case[] {
  const values = input.words.map(numberOf);
  const aims = rows.map(({ observation: { scores } }): Aim => ({
    target: gauged(scores, input.decision),
    weight: weightsOf(scores, input.decision),
  }));
  const groups = new Map<number, number[]>();
  for (const [index, row] of rows.entries()) {
    const { document, position } = row.observation;
    const token = document.tokens[position] as number;
    const key = input.alike.has(token) ? Infinity : token;
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
  { words, worth, alike }: RelationsInput,
  rows: readonly Row[],
  aims: readonly Aim[],
  positions: number,
  values: readonly number[],
  { copied, averages }: Found,
): Omit<Case, "after"> {
  // Tokens that are alike: by the attention that they get, and how much larger a number they are.
  const numbers = [...alike];
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
  const share = copied.map((_, at) => Float64Array.from(entries, ({ attended }) => attended[at] as number));
  const fitted = fittedCurves(
    {
      variables: [
        ...share,
        ...NEAR.map((isNear) => Float64Array.from(entries, ({ difference }) => isNear(difference))),
      ],
      rising: new Set(copied.map((_, at) => at)),
      target: Float64Array.from(entries, ({ row, id }) => aims[row]?.target[id] as number),
      weight: Float64Array.from(entries, ({ row, id }) => aims[row]?.weight[id] as number),
    },
    worth * positions,
  ).score;
  const copies = fitted.curves.flatMap(({ variable, points }): Copy[] => {
    const own = copied[variable];
    return own ? [{ ...own, points: points.map(([x, y]) => [written(x), written(y)] as const) }] : [];
  });
  const near = NEAR.map((_, at) => fitted.curves.find(({ variable }) => variable === copied.length + at)?.points ?? []);
  const differences = differencesOf(near);
  // What a token scores that is not attended to and does not come next.
  const base = fitted.constant + fitted.curves.reduce((sum, { points }) => sum + (points[0]?.[1] ?? 0), 0);
  const variables = averages.map((_, at) => Float64Array.from(rows, (row) => row.averages[at] as number));
  const scores = words.flatMap((word, id): [string, Score][] => {
    if (alike.has(id)) return [];
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
    ...(differences.some(([, score]) => score !== 0) && { differences }),
    scores: Object.fromEntries(scores),
    others: written(base),
  };
}

/** What each difference adds: points by rising difference, from a curve for each of `NEAR`. */
function differencesOf(near: readonly Curve["points"][]): Curve["points"] {
  const scoreAt = (difference: number): number =>
    written(
      NEAR.reduce((sum, of, at) => {
        const points = near[at] ?? [];
        return sum + along(points, of(difference)) - along(points, 0);
      }, 0),
    );
  const [below, above] = [near[3] ?? [], near[4] ?? []].map((points) => (points.length > 0 ? FURTHER : [])) as [
    number[],
    number[],
  ];
  const places = [...below.map((place) => -place).reverse(), -1, 0, 1, 2, ...above.slice(1)];
  return places.map((difference) => [difference, scoreAt(difference)] as const);
}

/** The algorithm, ready to learn what numbers near an attended one score: so far, no part of what that one does. */
export function withNearNumbers(algorithm: Algorithm): Algorithm {
  const cases = algorithm.cases.map((each): Case => ({
    ...each,
    ...(each.copies && { copies: each.copies.map((own) => ({ ...own, near: NOTHING_NEAR })) }),
  }));
  return { ...algorithm, cases };
}
