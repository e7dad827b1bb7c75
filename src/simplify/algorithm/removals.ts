import {
  along,
  isByCases,
  isSum,
  termsOf,
  type Algorithm,
  type AlgorithmLook,
  type Case,
  type Curve,
  type Pattern,
  type Score,
  type WorthCase,
} from "../../runtime/index.ts";
import { numbersOf, withNumbers } from "./numbers.ts";

/** Numbers that may go, and what stands in their place without them. */
export interface Removal {
  /** Places in the order of `numbersOf`, and their numbers once the removal is made. */
  readonly changed: readonly (readonly [place: number, value: number])[];
  /** Places of numbers that those go by: the removal is none where they change as well. */
  readonly from?: readonly number[];
  /** Numbers that are spared. */
  readonly spared: number;
}

/** Points of a function, each with the place of its score. */
type Placed = readonly { readonly at: number; readonly place: number; readonly score: number }[];

/**
 * Every way in which an algorithm could do with fewer numbers, one at a time: attention scores that become 0, points that come
 * to lie on the line between their neighbours, curves that become level, scores that become those of all others.
 */
export function removalsOf(algorithm: Algorithm): Removal[] {
  const numbers = numbersOf(algorithm);
  const places = withNumbers(
    algorithm,
    numbers.map((_, place) => place),
  );
  const looks = [...new Set([...(places.patterns ?? []), ...places.averages].map((own: Pattern) => own.looks))];
  return [
    ...looks.flatMap((own) => own.flatMap((look) => ofLook(look, numbers))),
    ...places.averages.flatMap(({ worth }) =>
      isByCases(worth) ? worth.flatMap((each) => ofWorth(each, numbers)) : [],
    ),
    ...places.cases.flatMap((each) => ofCase(each, numbers)),
  ];
}

function ofLook(look: AlgorithmLook, numbers: Float64Array): Removal[] {
  const zero = (place: number): Removal => ({ changed: [[place, 0]], spared: 1 });
  const all = (own: readonly number[]): Removal => ({ changed: own.map((place) => [place, 0]), spared: own.length });
  switch (look.kind) {
    case "tokens":
      return Object.values(look.scores).map(zero);
    case "pairs": {
      const rows = Object.values(look.scores).map((row) => Object.values(row));
      return [...rows.flat().map(zero), ...rows.filter((row) => row.length > 1).map(all)];
    }
    case "phases":
      return [];
    case "kernel":
      // A step takes the score of the next one.
      return look.steps.flatMap(([, place], index) => {
        const next = look.steps[index + 1]?.[1];
        return next === undefined
          ? []
          : [{ changed: [[place, numbers[next] as number] as const], from: [next], spared: 2 }];
      });
    case "differences":
      return ofPoints(placed(look.points, numbers));
    case "sizes":
      return [look.larger, look.others].flatMap((own) => {
        const points = placed(own, numbers);
        return [...ofPoints(points), ...levelled(points)];
      });
    case "match": {
      const last = look.scores.at(-1);
      return last === undefined ? [] : [zero(last)];
    }
  }
}

/** What tokens are worth goes by fewer points, or is nothing. */
function ofWorth({ worth }: WorthCase, numbers: Float64Array): Removal[] {
  const terms = termsOf(worth);
  const constants = terms.flatMap((term) => (typeof term === "number" ? [term] : []));
  return [
    ...constants.map((place): Removal => ({ changed: [[place, 0]], spared: 1 })),
    ...terms.flatMap((term) => {
      if (typeof term === "number") return [];
      const points = placed(term.points, numbers);
      return [...ofPoints(points), ...levelled(points)];
    }),
  ];
}

function ofCase(each: Case, numbers: Float64Array): Removal[] {
  const { others } = each;
  const isPlain = (each.copies ?? []).length === 0 && each.differences === undefined;
  const fallback = isPlain && typeof others === "number" ? (numbers[others] as number) : undefined;
  const curves = [...Object.values(each.scores), others].flatMap((score: Score) =>
    termsOf(score).flatMap((term) => (typeof term === "number" ? [] : [placed(term.points, numbers)])),
  );
  const copies = (each.copies ?? []).map(({ points }) => placed(points, numbers));
  return [
    ...[...curves, ...copies].flatMap((points) => [...ofPoints(points), ...levelled(points)]),
    ...[each.differences, ...(each.copies ?? []).map(({ near }) => near)].flatMap((points) => {
      if (!points) return [];
      const own = placed(points, numbers);
      const none = own.map(({ place }) => [place, 0] as const);
      return [...ofPoints(own), { changed: none, spared: 2 * own.length }];
    }),
    ...Object.values(each.scores).flatMap((score) => {
      if (isSum(score) || typeof score !== "number" || fallback === undefined) return [];
      return [{ changed: [[score, fallback] as const], spared: 1 }];
    }),
  ];
}

const placed = (points: Curve["points"], numbers: Float64Array): Placed =>
  points.map(([at, place]) => ({ at, place, score: numbers[place] as number }));

/** Each point as it would lie without it. */
function ofPoints(points: Placed): Removal[] {
  if (points.length < 2) return [];
  return points.map(({ at, place }, index) => {
    const others = points.filter((_, other) => other !== index).map((own) => [own.at, own.score] as const);
    const from = [points[index - 1], points[index + 1]].flatMap((own) => (own ? [own.place] : []));
    return { changed: [[place, along(others, at)]], from, spared: 2 };
  });
}

/** Level at each of its points. */
function levelled(points: Placed): Removal[] {
  if (points.length < 2) return [];
  return points.map(({ score }) => ({
    changed: points.map(({ place }) => [place, score] as const),
    spared: 2 * points.length - 1,
  }));
}
