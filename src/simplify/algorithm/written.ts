import {
  isByCases,
  termsOf,
  type Algorithm,
  type Average,
  type ByToken,
  type Case,
  type Score,
} from "../../runtime/index.ts";
import type { Additive } from "./curves.ts";
import type { Vocabulary } from "./looks.ts";
import type { FittedCase } from "./readout.ts";

/** Digits of a number as it is written. */
const DIGITS = 3;

/** What is nearer to 0 is what rounding left of it. */
const NOTHING = 1e-12;

export const written = (value: number): number => (Math.abs(value) < NOTHING ? 0 : Number(value.toPrecision(DIGITS)));

/** What tokens are worth, from numbers for symbols ("token phase"). */
export function worthOf(
  vector: Float64Array,
  symbols: readonly string[],
  { words, period }: Vocabulary,
): ByToken<number | readonly number[]> {
  const tokens = [...new Set(symbols.map((symbol) => Number(symbol.split(" ")[0])))].sort((one, other) => one - other);
  const entries = tokens.flatMap((token) => {
    const own = Array.from({ length: period }, (_, phase) => {
      const at = symbols.indexOf(`${token} ${phase}`);
      return at < 0 ? 0 : written(vector[at] as number);
    });
    if (own.every((value) => value === 0)) return [];
    return [[words[token] as string, own.every((value) => value === own[0]) ? (own[0] as number) : own] as const];
  });
  return Object.fromEntries(entries);
}

/** A case for each phase, or for all at once where the tokens share all of them. */
export function casesOf(
  { symbols, scores, others }: FittedCase,
  averages: readonly Average[],
  { words, period }: Vocabulary,
): Case[] {
  const byPhase = new Map<number, string[]>();
  for (const { token, phase } of symbols) byPhase.set(phase, [...(byPhase.get(phase) ?? []), words[token] as string]);
  const entries = [...scores].map(([token, score]) => [words[token] as string, scoreOf(score, averages)] as const);
  const own = { scores: Object.fromEntries(entries), others: scoreOf(others, averages) };
  const groups = [...byPhase];
  const isShared =
    groups.length === period && groups.every(([, after]) => after.join(" ") === groups[0]?.[1].join(" "));
  if (isShared) return [{ after: groups[0]?.[1] ?? [], ...own }];
  return groups.map(([phase, after]) => ({ after, phase, ...own }));
}

/** A fitted score over averages. */
export function scoreOf({ constant, curves }: Additive, averages: readonly Average[]): Score {
  const terms = curves.map(({ variable, points }) => ({
    of: averages[variable] as Average,
    points: points.map(([value, score]) => [written(value), written(score)] as const),
  }));
  if (terms.length === 0) return written(constant);
  return terms.length === 1 && constant === 0 ? (terms[0] as Score) : [written(constant), ...terms];
}

/** The averages that a case's scores follow. */
export function averagesIn({ scores, others }: Case): Average[] {
  return [...Object.values(scores), others].flatMap(averagesOfScore);
}

/** Of averages in their order, those that scores follow, and those that these go by. */
export function averagesRead(cases: readonly Case[], averages: readonly Average[]): Set<Average> {
  const read = new Set(cases.flatMap(averagesIn));
  // From the last one on: what others go by comes before them.
  for (const own of [...averages].reverse()) {
    if (read.has(own)) for (const other of averagesInWorth(own.worth)) read.add(other);
  }
  return read;
}

/** Whether averages go by others. */
export function isLayered({ averages }: Algorithm): boolean {
  return averages.some(({ worth }) => isByCases(worth));
}

/** The averages that go into what tokens are worth. */
export function averagesInWorth(worth: Average["worth"]): Average[] {
  return isByCases(worth) ? worth.flatMap((each) => averagesOfScore(each.worth)) : [];
}

function averagesOfScore(score: Score): Average[] {
  return termsOf(score).flatMap((term) => (typeof term === "number" ? [] : [term.of]));
}
