import type { Source } from "../ir/index.ts";
import type { PathEvidence, PathTerm } from "../profile/index.ts";
import { listed, percent, positivePercent } from "./wording.ts";

/** Shares of a score's variance below this one are not worth a word. */
const NOTABLE = 0.01;
const NUMBERS = ["no", "one", "two", "three", "four", "five"];

/** What a head's scores read, by their strongest terms, and how much of what it writes those carry. */
export function pathSentences({ terms, explained }: PathEvidence): string {
  const notable = terms.filter(({ share }) => Math.abs(share) >= NOTABLE);
  const forwards = notable.filter(({ share }) => share > 0);
  const against = notable.filter(({ share }) => share < 0);
  const carried = `${strongest(terms.length)} ${positivePercent(explained)} of what it writes on held-out text.`;
  if (forwards.length === 0) return carried;
  const opposed = against.length > 0 ? ` Against these: ${grouped(against)}.` : "";
  return `What decides between keys, by share of its scores' variance: ${grouped(forwards)}.${opposed} ${carried}`;
}

function strongest(count: number): string {
  const verb = count === 1 ? "term explains" : "terms explain";
  return `Alone, its score's ${NUMBERS[count] ?? String(count)} strongest ${verb}`;
}

/** The terms that are the same for every query first, then those that depend on both sides. */
function grouped(terms: readonly PathTerm[]): string {
  const ofKey = terms.filter(({ query }) => query === "constant");
  const ofBoth = terms.filter(({ query }) => query !== "constant");
  const groups = [
    ofKey.length > 0
      ? `whatever the query, ${listed(ofKey.map((term) => `${sourceAt(term.key, "key")} ${inBrackets(term)}`))}`
      : "",
    ofBoth.length > 0
      ? `taken together, ${listed(
          ofBoth.map(
            (term) => `${sourceAt(term.query, "query")} with ${sourceAt(term.key, "key")} ${inBrackets(term)}`,
          ),
        )}`
      : "",
  ];
  return groups.filter((group) => group !== "").join("; ");
}

const inBrackets = ({ share }: PathTerm): string => `(${percent(Math.abs(share))})`;

/** A source as one side of a term reads it: "the key's token", "what block 1's MLP wrote at the query". */
function sourceAt(source: Source, side: "query" | "key"): string {
  if (source === "token" || source === "position") return `the ${side}'s ${source}`;
  if (source === "constant") return `the ${side}'s constants, which only the layer norm varies`;
  const mlp = /^block(\d+)\.mlp$/u.exec(source);
  return `what ${mlp ? `block ${String(Number(mlp[1]))}'s MLP` : source} wrote at the ${side}`;
}
