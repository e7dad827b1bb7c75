import { along, termsOf, type Average, type Case, type Curve, type Score } from "../../runtime/index.ts";
import { quoted } from "../escape.ts";
import { listed } from "../wording.ts";
import type { Names } from "./names.ts";

/** Where along an average something holds. */
type Ranges = readonly (readonly [from: number, to: number])[];

/** What a case decides, a line for each next token that it ever lets follow. */
export function answerLines(own: Case, decision: "argmax" | "positive", names: Names): string[] {
  const { scores, others } = own;
  const entries = Object.entries(scores);
  if (own.copies || own.differences) return relationLines(own, names);
  const lines = entries.flatMap(([next, score]): string[] => {
    const rivals = entries.flatMap(([other, rival]) => (other === next ? [] : [rival]));
    const when = decision === "positive" ? positiveWhen(score, names) : highestWhen(score, [...rivals, others], names);
    return when === undefined ? [] : [`${quoted(next)} ${when}`];
  });
  return lines.length > 0 ? lines : ["none"];
}

/** What is attended to, what comes next in counting, and tokens that may score as high as these. */
function relationLines({ copies = [], differences = [], scores }: Case, names: Names): string[] {
  const furthest = differences.at(-1)?.[1] ?? 0;
  const highest = (points: Curve["points"]): number => Math.max(0, ...points.map(([, score]) => score));
  const most = copies.reduce((sum, { points }) => sum + highest(points), highest(differences));
  const atMost = (score: Score): number =>
    termsOf(score).reduce<number>((sum, term) => sum + (isCurve(term) ? highest(term.points) : term), 0);
  return [
    ...copies.map(({ of, back, points, near }) => {
      const rises = (points.at(-1)?.[1] ?? 0) >= (points[0]?.[1] ?? 0);
      return `${back === 1 ? "the token before " : ""}what ${names.get(of) ?? "a pattern"} attends to, ${rises ? "the more the likelier" : "the less the likelier"}${near ? "; numbers near it score a part of that" : ""}`;
    }),
    ...RELATIONS.flatMap(([difference, what]) => {
      const score = along(differences, difference) - furthest;
      return Math.abs(score) < NOTABLE ? [] : [`${what} ${score > 0 ? "rather" : "hardly"}`];
    }),
    ...Object.entries(scores).flatMap(([next, score]) => {
      if (atMost(score) < most * COMPARABLE) return [];
      const averages = [...new Set(termsOf(score).flatMap((term) => (isCurve(term) ? [term.of] : [])))];
      const by =
        averages.length === 0 ? "" : ` as ${listed(averages.map((of) => names.get(of) ?? "an average"))} decide`;
      return [`${quoted(next)}${averages.length === 1 ? by.replace(/decide$/u, "decides") : by}`];
    }),
  ];
}

/** What numbers by their difference from the current one are called, and how far their score must be from the furthest one's. */
const RELATIONS = [
  [-1, "smaller numbers"],
  [0, "the same number"],
  [1, "the next number"],
] as const;
const NOTABLE = 1;

/** A token is named where its score may reach this share of what is attended to. */
const COMPARABLE = 0.5;

/** In which ranges a score is above 0, in words; undefined where it never is. */
function positiveWhen(score: Score, names: Names): string | undefined {
  return inWords([score], (values) => (values[0] as number) > 0, names);
}

function highestWhen(score: Score, rivals: readonly Score[], names: Names): string | undefined {
  return inWords([score, ...rivals], ([own = 0, ...others]) => others.every((other) => own > other), names);
}

/** Steps between two neighbouring points at which it is looked who wins. */
const STEPS = 200;

function inWords(
  scores: readonly Score[],
  holds: (values: readonly number[]) => boolean,
  names: Names,
): string | undefined {
  const curves = scores.flatMap((score) => termsOf(score).filter(isCurve));
  const averages = [...new Set(curves.map(({ of }) => of))];
  if (averages.length === 0) return holds(scores.map((score) => valueAt(score, 0))) ? "always" : undefined;
  if (averages.length > 1) {
    return `as ${listed(averages.map((average) => names.get(average) ?? "an average"))} decide`;
  }
  const points = [...new Set(curves.flatMap((curve) => curve.points.map(([value]) => value)))].sort((a, b) => a - b);
  const ranges = rangesWhere(points, (value) => holds(scores.map((score) => valueAt(score, value))));
  if (ranges.length === 0) return undefined;
  const name = names.get(averages[0] as Average) ?? "an average";
  const [least, most] = [points[0] as number, points.at(-1) as number];
  if (ranges.length === 1 && ranges[0]?.[0] === least && ranges[0][1] === most) return "always";
  return `while ${name} is ${ranges.map(([from, to]) => rangeInWords(from, to, least, most)).join(" or ")}`;
}

function rangesWhere(points: readonly number[], holds: (value: number) => boolean): Ranges {
  const places = points.flatMap((point, index) => {
    const next = points[index + 1];
    if (next === undefined) return [point];
    return Array.from({ length: STEPS }, (_, step) => point + ((next - point) * step) / STEPS);
  });
  const ranges: [number, number][] = [];
  let open = false;
  for (const place of places) {
    const now = holds(place);
    if (now && !open) ranges.push([place, place]);
    else if (now) (ranges.at(-1) as [number, number])[1] = place;
    open = now;
  }
  return ranges;
}

function rangeInWords(from: number, to: number, least: number, most: number): string {
  if (from === least) return `at most ${short(to)}`;
  if (to === most) return `at least ${short(from)}`;
  return `from ${short(from)} to ${short(to)}`;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

const isCurve = (term: number | Curve): term is Curve => typeof term !== "number";

/** A score where its only average has this value. */
function valueAt(score: Score, value: number): number {
  return termsOf(score).reduce<number>(
    (sum, term) => sum + (typeof term === "number" ? term : along(term.points, value)),
    0,
  );
}
