import type { HeadPlace } from "../../ir/index.ts";
import type { Observation } from "../../profile/index.ts";
import { matchLength, numberOf, type AlgorithmLook, type Points } from "../../runtime/index.ts";
import { attendingOf, fittedScores, patternLoss, type Features } from "./attention-fit.ts";
import { written } from "./written.ts";

/** Differences at which a look's score is fitted; it is straight between them. */
const DIFFERENCES = [-64, -16, -4, -1, 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100];
/** At how many numbers a score by size is fitted. */
const LEVELS = 9;
/** A token that is no number asks as the number below all others. */
const BELOW = -1;
/** Queries that a pattern is fitted to. */
const MOST_QUERIES = 800;
const MOST_SCORE = 20;
/** How far before a key its match ends, and up to how many tokens in a row a match is told apart by. */
const MATCHES = {
  follows: { keyBack: 1, longest: 1 },
  longer: { keyBack: 1, longest: 3 },
  same: { keyBack: 0, longest: 1 },
} as const;

/** What a head looks by. */
export interface PatternFit {
  readonly place: HeadPlace;
  readonly form: string;
  readonly looks: readonly AlgorithmLook[];
  /** KL(pattern || fit) a query, in nats. */
  readonly loss: number;
}

type Part = "differences" | "sizes" | "follows" | "longer" | "same" | "special" | "back";

const FORMS: readonly (readonly Part[])[] = [
  ["special"],
  ["follows", "special", "back"],
  ["same", "special", "back"],
  ["longer", "special", "back"],
  ["differences", "special"],
  ["differences", "special", "back"],
  ["differences", "sizes", "special"],
  ["differences", "sizes", "special", "back"],
  ["differences", "longer", "same", "special", "back"],
];
/** A richer form has to come this much nearer to the patterns, in nats a query. */
const WORTH_A_FORM = 0.01;
/** Share of what a form without sizes misses that is left where sizes say all of it. */
const ALL_THE_WAY = 0.1;

/**
 * The simplest form that comes about as near to a head's patterns as the richest, with its scores. Where sizes of numbers bring
 * it nearer, but not all the way, a form without them is offered as well: it may answer as well by fewer numbers.
 */
export function fittedPatterns(
  observations: readonly Observation[],
  words: readonly string[],
  alike: ReadonlySet<number>,
  place: HeadPlace,
): { readonly plain: PatternFit; readonly sized?: PatternFit } {
  const values = words.map(numberOf);
  const levels = levelsOf(values);
  const queries = attendingOf(place, observations, MOST_QUERIES);
  const fits = FORMS.map((parts): PatternFit => {
    const features = featuresOf(parts, values, levels, alike);
    const scores = fittedScores(queries, features);
    const loss = patternLoss(queries, features, scores);
    return { place, form: parts.join(" and "), looks: looksOf(parts, scores, levels, words), loss };
  });
  const plain = simplest(fits.filter((_, at) => !FORMS[at]?.includes("sizes")));
  const nearest = simplest(fits);
  if (nearest.loss <= ALL_THE_WAY * plain.loss) return { plain: nearest };
  return { plain, ...(nearest !== plain && { sized: nearest }) };
}

function simplest(fits: readonly PatternFit[]): PatternFit {
  const least = Math.min(...fits.map(({ loss }) => loss));
  return fits.find(({ loss }) => loss <= least + WORTH_A_FORM) as PatternFit;
}

/** Features that say nothing of a key have no name: its score is 0. */
function featuresOf(
  parts: readonly Part[],
  values: readonly number[],
  levels: readonly number[],
  alike: ReadonlySet<number>,
): Features {
  return ({ tokens, query }, key) => {
    const [asking, other, before] = [tokens[query] as number, tokens[key] as number, tokens[key - 1]];
    const [own, its] = [values[asking] as number, values[other] as number];
    return parts.flatMap((part): (readonly [string, number])[] => {
      switch (part) {
        case "differences": {
          const difference = its - (Number.isNaN(own) ? BELOW : own);
          return Number.isNaN(difference) ? [] : between("differences", DIFFERENCES, difference);
        }
        case "sizes":
          if (Number.isNaN(its)) return [];
          return between(its > (Number.isNaN(own) ? BELOW : own) ? "larger" : "others", levels, its);
        case "follows":
        case "longer":
        case "same": {
          const { keyBack, longest } = MATCHES[part];
          const length = matchLength(tokens, query, key, keyBack, longest);
          return length > 0 ? [[`${part} ${length}`, 1]] : [];
        }
        case "special":
          return alike.has(other) ? [] : [[`special ${other}`, 1]];
        case "back":
          return !alike.has(asking) && before !== undefined && !alike.has(before)
            ? [[`back ${asking} ${before}`, 1]]
            : [];
      }
    });
  };
}

/** The two points that a value lies between, by their place and what they are points of, each with its share. */
function between(of: string, points: readonly number[], value: number): (readonly [string, number])[] {
  const after = points.findIndex((point) => point >= value);
  if (after <= 0) return [[`${of} ${after < 0 ? points.length - 1 : 0}`, 1]];
  const [left, right] = [points[after - 1] as number, points[after] as number];
  const share = (value - left) / (right - left);
  return [
    [`${of} ${after - 1}`, 1 - share],
    [`${of} ${after}`, share],
  ];
}

/** Numbers at which a look's score by size is fitted, evenly from the smallest to the largest; it is straight between them. */
function levelsOf(values: readonly number[]): number[] {
  const numbers = values.filter((value) => !Number.isNaN(value));
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return numbers.length === 0
    ? []
    : Array.from({ length: LEVELS }, (_, at) => Math.round(least + ((most - least) * at) / (LEVELS - 1)));
}

const bounded = (score: number): number => written(Math.min(MOST_SCORE, Math.max(-MOST_SCORE, score)));

/** An attention score that is nearer to 0 than this is left out. */
const LEAST_SCORE = 0.25;

function looksOf(
  parts: readonly Part[],
  scores: ReadonlyMap<string, number>,
  levels: readonly number[],
  words: readonly string[],
): AlgorithmLook[] {
  const of = (prefix: string): [string[], number][] =>
    [...scores].flatMap(([name, score]): [string[], number][] =>
      name.split(" ")[0] === prefix && Math.abs(score) >= LEAST_SCORE
        ? [[name.split(" ").slice(1), bounded(score)]]
        : [],
    );
  const pointsOf = (name: string, places: readonly number[]): Points =>
    places.map((place, at) => [place, bounded(scores.get(`${name} ${at}`) ?? 0)] as const);
  const asking = words.filter((word) => Number.isNaN(numberOf(word)));
  const as = Object.fromEntries(asking.map((word) => [word, BELOW]));
  return parts.flatMap((part): AlgorithmLook[] => {
    switch (part) {
      case "differences":
        return [{ kind: "differences", points: pointsOf("differences", DIFFERENCES), as }];
      case "sizes":
        return [{ kind: "sizes", larger: pointsOf("larger", levels), others: pointsOf("others", levels), as }];
      case "follows":
      case "longer":
      case "same": {
        const { keyBack, longest } = MATCHES[part];
        const byLength = Array.from({ length: longest }, (_, at) => scores.get(`${part} ${at + 1}`));
        return byLength.every((score) => score === undefined)
          ? []
          : [{ kind: "match", keyBack, scores: byLength.map((score = 0) => bounded(score)) }];
      }
      case "special": {
        const entries = of(part).map(([[token], score]) => [words[Number(token)] as string, score] as const);
        return entries.length > 0 ? [{ kind: "tokens", scores: Object.fromEntries(entries) }] : [];
      }
      case "back": {
        const rows = new Map<string, [string, number][]>();
        for (const [[asking, before], score] of of(part)) {
          const word = words[Number(asking)] as string;
          rows.set(word, [...(rows.get(word) ?? []), [words[Number(before)] as string, score]]);
        }
        const listed = [...rows].map(([word, row]) => [word, Object.fromEntries(row)] as const);
        return listed.length > 0 ? [{ kind: "pairs", keyBack: 1, scores: Object.fromEntries(listed) }] : [];
      }
    }
  });
}
