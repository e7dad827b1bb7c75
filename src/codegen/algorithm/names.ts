import type { Average } from "../../runtime/index.ts";
import { capitalised } from "../wording.ts";

/** Identifiers of averages, by what they measure, each once. */
export function averageNames(averages: readonly Average[]): Map<Average, string> {
  const names = averages.map(nameOf);
  return new Map(
    averages.map((average, index) => {
      const name = names[index] as string;
      const isAlone = names.indexOf(name) === names.lastIndexOf(name);
      return [average, isAlone ? name : `${name}${index}`];
    }),
  );
}

/** "shareOfA", "attentionToALessB", or "average" where what is weighed cannot be said in a word. */
function nameOf({ looks, worth }: Average): string {
  const kind = looks.length === 0 ? "shareOf" : "attentionTo";
  const entries = Object.entries(worth);
  const words = entries.map(([word]) => identifierPart(word));
  const [first, second] = entries.map(([, value]) => value);
  if (words.some((word) => word === "")) return "average";
  if (entries.length === 1 && typeof first === "object") return `phaseOf${words[0]}`;
  if (entries.length === 1 && first === 1) return `${kind}${words[0]}`;
  if (entries.length === 2 && first === 1 && second === -1) return `${kind}${words[0]}Less${words[1]}`;
  if (entries.length === 2 && first === -1 && second === 1) return `${kind}${words[1]}Less${words[0]}`;
  return "average";
}

/** The letters and digits of a token's text; empty where there are none that an identifier may have. */
function identifierPart(word: string): string {
  return capitalised(word.replace(/[^a-zA-Z0-9]+/gu, ""));
}
