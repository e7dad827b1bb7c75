import type { Algorithm, AlgorithmLook, Average, ByToken, Case, Curve, Pattern, Score } from "../../runtime/index.ts";
import { isByCases, isSum } from "../../runtime/index.ts";

/**
 * The numbers of an algorithm that may be adjusted: attention scores, what tokens are worth by earlier averages, and the scores
 * of what comes next.
 */
export function numbersOf(algorithm: Algorithm): Float64Array {
  const numbers: number[] = [];
  withEachNumber(algorithm, (value) => {
    numbers.push(value);
    return value;
  });
  return Float64Array.from(numbers);
}

/** The algorithm with other numbers, in the order of `numbersOf`. */
export function withNumbers(algorithm: Algorithm, numbers: ArrayLike<number>): Algorithm {
  let next = 0;
  return withEachNumber(algorithm, () => numbers[next++] as number);
}

/** Visits every number once, where looks or averages are shared as well: what was the same stays the same. */
export function withEachNumber(algorithm: Algorithm, changed: (value: number) => number): Algorithm {
  const looks = remembered((own: Pattern["looks"]) => own.map((look) => ofLook(look, changed)));
  const patterns = remembered((own: Pattern): Pattern => ({ looks: looks(own.looks) }));
  const averages = remembered((own: Average): Average => ({
    ...own,
    looks: looks(own.looks),
    worth: worthOf(own.worth),
  }));
  const worthOf = (worth: Average["worth"]): Average["worth"] =>
    isByCases(worth) ? worth.map((each) => ({ ...each, worth: ofScore(each.worth) })) : worth;
  const points = (own: Curve["points"]): Curve["points"] =>
    own.map(([value, score]) => [value, changed(score)] as const);
  const ofTerm = (term: number | Curve): number | Curve =>
    typeof term === "number" ? changed(term) : { of: averages(term.of), points: points(term.points) };
  const ofScore = (score: Score): Score => (isSum(score) ? score.map(ofTerm) : ofTerm(score));
  return {
    ...algorithm,
    ...(algorithm.patterns && { patterns: algorithm.patterns.map(patterns) }),
    averages: algorithm.averages.map(averages),
    cases: algorithm.cases.map((each): Case => ({
      ...each,
      ...(each.copies && {
        copies: each.copies.map((own) => ({
          ...own,
          of: patterns(own.of),
          points: points(own.points),
          ...(own.near && { near: points(own.near) }),
        })),
      }),
      ...(each.differences && { differences: points(each.differences) }),
      scores: byToken(each.scores, ofScore),
      others: ofScore(each.others),
    })),
  };
}

function ofLook(look: AlgorithmLook, changed: (value: number) => number): AlgorithmLook {
  const pairs = (own: readonly (readonly [number, number])[]) =>
    own.map(([at, score]) => [at, changed(score)] as const);
  switch (look.kind) {
    case "tokens":
      return { ...look, scores: byToken(look.scores, changed) };
    case "pairs":
      return { ...look, scores: byToken(look.scores, (row) => byToken(row, changed)) };
    case "phases":
      return { ...look, scores: look.scores.map((row) => row.map(changed)) };
    case "differences":
      return { ...look, points: pairs(look.points) };
    case "sizes":
      return { ...look, larger: pairs(look.larger), others: pairs(look.others) };
    case "kernel":
      return { ...look, steps: pairs(look.steps) };
    case "match":
      return { ...look, scores: look.scores.map(changed) };
  }
}

function byToken<From, To>(by: ByToken<From>, changed: (value: From) => To): ByToken<To> {
  return Object.fromEntries(Object.entries(by).map(([word, value]) => [word, changed(value)]));
}

function remembered<Key extends object, Value>(of: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? of(key);
    known.set(key, value);
    return value;
  };
}
