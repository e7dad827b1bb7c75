import { isByCases, isDifferences, type Average, type Pattern } from "../../runtime/index.ts";
import type { Recognised } from "../../simplify/index.ts";
import { CHARACTER_NAMES } from "../../character-names.ts";
import { capitalised, twoDigits } from "../wording.ts";

/** Identifiers of an algorithm's patterns and averages, each once. */
export type Names = ReadonlyMap<Pattern, string>;

/** Names by what is measured, or attended to, and, where that is not enough to tell two apart, by the head. */
export function namesOf({ algorithm, heads, patternHeads, attended }: Recognised): Names {
  const { averages, patterns = [] } = algorithm;
  const suffix = (place: { readonly block: number; readonly head: number } | undefined): string =>
    `Head${twoDigits(place?.block ?? 0)}${twoDigits(place?.head ?? 0)}`;
  const short = averages.map(nameOf);
  const full = short.map((name, index) =>
    short.indexOf(name) === short.lastIndexOf(name) ? name : `${name}${suffix(heads[index])}`,
  );
  const relations = patterns.map((_, index) => attended[index]?.relation);
  return new Map<Pattern, string>([
    ...patterns.map((pattern, index) => {
      const relation = relations[index];
      const isOnly = relation && relations.indexOf(relation) === relations.lastIndexOf(relation);
      const name = relation ? `${relation}Pattern` : "pattern";
      return [pattern, isOnly ? name : `${name}${suffix(patternHeads[index])}`] as const;
    }),
    ...averages.map((average, index) => {
      const name = full[index] as string;
      return [average, full.indexOf(name) === full.lastIndexOf(name) ? name : `${name}${index}`] as const;
    }),
  ]);
}

/** "shareOfA", "attentionToALessB", or "averageWorth" where what is weighed cannot be said in a word. */
function nameOf({ looks, worth }: Average): string {
  const kind = looks.length === 0 ? "shareOf" : "attentionTo";
  if (isDifferences(worth)) return `${kind}Larger`;
  if (isByCases(worth)) return worth.every(({ worth: own }) => typeof own === "number") ? "averageWorth" : "foundThere";
  const entries = Object.entries(worth);
  const words = entries.map(([word]) => identifierPart(word));
  const [first, second] = entries.map(([, value]) => signOf(value));
  if (words.some((word) => word === "")) return "averageWorth";
  if (entries.length === 1 && first === undefined && typeof entries[0]?.[1] === "object") return `phaseOf${words[0]}`;
  if (entries.length === 1 && first === 1) return `${kind}${words[0]}`;
  if (entries.length === 2 && first === 1 && second === -1) return `${kind}${words[0]}Less${words[1]}`;
  if (entries.length === 2 && first === -1 && second === 1) return `${kind}${words[1]}Less${words[0]}`;
  return "averageWorth";
}

/** 1 or -1, where a token is worth that, in all phases or in some. */
export function signOf(value: number | readonly number[]): 1 | -1 | undefined {
  const signs = new Set(typeof value === "number" ? [value] : value.filter((own) => own !== 0));
  const [sign] = signs;
  return signs.size === 1 && (sign === 1 || sign === -1) ? sign : undefined;
}

/** The letters and digits of a token's text, or what its signs are called; empty where there is nothing that an identifier may have. */
function identifierPart(word: string): string {
  const letters = word.replace(/[^a-zA-Z0-9]+/gu, "");
  if (letters !== "") return capitalised(letters);
  const signs = Array.from(word).flatMap((sign) => CHARACTER_NAMES[sign]?.toLowerCase().split("_") ?? []);
  return signs.map(capitalised).join("");
}
