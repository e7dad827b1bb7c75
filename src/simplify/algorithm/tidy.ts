import {
  along,
  isByCases,
  isSum,
  type Algorithm,
  type AlgorithmLook,
  type Average,
  type ByToken,
  type Case,
  type Copy,
  type Curve,
  type Pattern,
  type Score,
} from "../../runtime/index.ts";
import { averagesRead } from "./written.ts";

/** Numbers that are nearer to each other than this are the same. */
const SAME = 1e-9;
const isSame = (one: number, other: number): boolean => Math.abs(one - other) <= SAME;

/** A shorter algorithm, and which patterns and averages of the longer one it has kept. */
export interface Shorter {
  readonly algorithm: Algorithm;
  readonly patterns: readonly number[];
  readonly averages: readonly number[];
}

/** The algorithm without what changes nothing: points on a line, level curves, attention scores of 0, averages nobody reads. */
export function tidied(algorithm: Algorithm): Shorter {
  const looks = new Map<Pattern["looks"], Pattern["looks"]>();
  const looksOf = (own: Pattern["looks"]): Pattern["looks"] => {
    const known = looks.get(own) ?? own.flatMap(ofLook);
    looks.set(own, known);
    return known;
  };
  const patterns = new Map((algorithm.patterns ?? []).map((own) => [own, { looks: looksOf(own.looks) } as Pattern]));
  const averages = new Map<Average, Average>();
  for (const own of algorithm.averages) {
    averages.set(own, { ...own, looks: looksOf(own.looks), worth: ofWorth(own.worth, averages) });
  }
  const cases = algorithm.cases.map((each) => ofCase(each, patterns, averages));
  const read = averagesRead(cases, [...averages.values()]);
  const copied = new Set(cases.flatMap(({ copies = [] }) => copies.map(({ of }) => of)));
  const indicesOf = <Item>(own: Iterable<Item>, kept: ReadonlySet<Item>): number[] =>
    [...own].flatMap((item, index) => (kept.has(item) ? [index] : []));
  return {
    algorithm: {
      ...algorithm,
      ...(algorithm.patterns && { patterns: [...patterns.values()].filter((own) => copied.has(own)) }),
      averages: [...averages.values()].filter((own) => read.has(own)),
      cases,
    },
    patterns: indicesOf(patterns.values(), copied),
    averages: indicesOf(averages.values(), read),
  };
}

function ofLook(look: AlgorithmLook): AlgorithmLook[] {
  switch (look.kind) {
    case "tokens": {
      const scores = withoutZeros(look.scores);
      return Object.keys(scores).length > 0 ? [{ ...look, scores }] : [];
    }
    case "pairs": {
      const rows = Object.entries(look.scores).map(([word, row]) => [word, withoutZeros(row)] as const);
      const full = rows.filter(([, row]) => Object.keys(row).length > 0);
      return full.length > 0 ? [{ ...look, scores: Object.fromEntries(full) }] : [];
    }
    case "kernel": {
      const { steps } = look;
      const few = steps.filter(([, score], index) => {
        const next = steps[index + 1]?.[1];
        return next === undefined || !isSame(score, next);
      });
      return few.length > 1 ? [{ ...look, steps: few }] : [];
    }
    case "differences": {
      const points = withoutIdlePoints(look.points);
      // Level, it still tells numbers from other tokens.
      return [{ ...look, points }];
    }
    case "sizes":
      return [{ ...look, larger: withoutIdlePoints(look.larger), others: withoutIdlePoints(look.others) }];
    case "match": {
      const length = look.scores.findLastIndex((score) => !isSame(score, 0)) + 1;
      return length > 0 ? [{ ...look, scores: look.scores.slice(0, length) }] : [];
    }
    case "phases":
      return [look];
  }
}

function ofWorth(worth: Average["worth"], averages: ReadonlyMap<Average, Average>): Average["worth"] {
  if (!isByCases(worth)) return worth;
  const cases = worth.map((each) => ({ ...each, worth: ofScore(each.worth, averages) }));
  // What is listed nowhere is worth nothing, unless one case is for all others.
  if (cases.some(({ tokens }) => tokens === undefined)) return cases;
  return cases.filter(({ worth: score }) => typeof score !== "number" || !isSame(score, 0));
}

/** A score without idle points, level curves taken into its constant. */
function ofScore(score: Score, averages: ReadonlyMap<Average, Average>): Score {
  let constant = 0;
  const curves: Curve[] = [];
  for (const term of isSum(score) ? score : [score]) {
    if (typeof term === "number") constant += term;
    else {
      const points = withoutIdlePoints(term.points);
      if (points.length === 1) constant += points[0]?.[1] ?? 0;
      else curves.push({ of: averages.get(term.of) ?? term.of, points });
    }
  }
  const [only] = curves;
  if (!only) return constant;
  if (curves.length > 1) return [constant, ...curves];
  return { ...only, points: only.points.map(([at, own]) => [at, own + constant] as const) };
}

function ofCase(each: Case, patterns: ReadonlyMap<Pattern, Pattern>, averages: ReadonlyMap<Average, Average>): Case {
  const { copies = [], differences, scores: listed, ...rest } = each;
  // What is attended to, or a number, scores more than all others where it is not listed.
  const hasOwnScores = copies.length > 0 || differences !== undefined;
  const others = ofScore(each.others, averages);
  const scores = Object.entries(listed)
    .map(([word, score]) => [word, ofScore(score, averages)] as const)
    .filter(
      ([, score]) => hasOwnScores || typeof score !== "number" || typeof others !== "number" || !isSame(score, others),
    );
  const kept = copies.flatMap(({ of, near, ...own }): Copy[] => {
    const points = withoutIdlePoints(own.points);
    const around = unlessNothing(near);
    return points.length > 1 ? [{ ...own, of: patterns.get(of) ?? of, points, ...(around && { near: around }) }] : [];
  });
  const added = unlessNothing(differences);
  return {
    ...rest,
    ...(kept.length > 0 && { copies: kept }),
    ...(added && { differences: added }),
    scores: Object.fromEntries(scores),
    others,
  };
}

/** Points without idle ones; undefined where they are 0 throughout. */
function unlessNothing(points: Curve["points"] | undefined): Curve["points"] | undefined {
  const few = points && withoutIdlePoints(points);
  return few?.every(([, score]) => isSame(score, 0)) === true ? undefined : few;
}

const withoutZeros = (by: ByToken<number>): ByToken<number> =>
  Object.fromEntries(Object.entries(by).filter(([, score]) => !isSame(score, 0)));

/** Points without those that lie on the line between their neighbours, one after the other. */
function withoutIdlePoints(points: Curve["points"]): Curve["points"] {
  for (let index = 0; index < points.length && points.length > 1; index++) {
    const [at, score] = points[index] as readonly [number, number];
    const others = points.filter((_, other) => other !== index);
    if (isSame(along(others, at), score)) return withoutIdlePoints(others);
  }
  return points;
}
