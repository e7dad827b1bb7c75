import type { PathEvidence, PathTerm } from "../profile/index.ts";
import { percent, positivePercent } from "./wording.ts";

/** Shares of a score's variance below this one are not worth a line. */
const NOTABLE = 0.01;
const NUMBERS = ["no", "one", "two", "three", "four", "five"];

/** What a head's scores read: one line a term, and a sentence on what the strongest ones carry together. */
export interface PathTable {
  readonly rows: readonly string[];
  readonly carried: string;
}

/** The strongest terms of a head's scores, those that are the same for every query first. */
export function pathTable({ terms, explained }: PathEvidence): PathTable {
  const notable = terms.filter(({ share }) => Math.abs(share) >= NOTABLE);
  const ordered = [...notable.filter(forEveryQuery), ...notable.filter((term) => !forEveryQuery(term))];
  const cells = ordered.map((term) => [querySide(term), `key: ${term.key}`, shareOf(term)] as const);
  const widths = [0, 1].map((column) => Math.max(0, ...cells.map((row) => row[column]?.length ?? 0)));
  const rows = cells.map(
    ([query, key, share]) => `${query.padEnd(widths[0] ?? 0)}  ${key.padEnd(widths[1] ?? 0)}  ${share}`,
  );
  return { rows, carried: `${strongest(terms.length)} ${positivePercent(explained)} of what it writes` };
}

function strongest(count: number): string {
  const verb = count === 1 ? "term alone explains" : "terms alone explain";
  return `Its scores' ${NUMBERS[count] ?? String(count)} strongest ${verb}`;
}

/** Constants are the same for every query, but for the scale of the layer norm. */
const forEveryQuery = ({ query }: PathTerm): boolean => query === "constant";

const querySide = (term: PathTerm): string => (forEveryQuery(term) ? "any query" : `query: ${term.query}`);

const shareOf = ({ share }: PathTerm): string => `${share < 0 ? "-" : ""}${percent(Math.abs(share))}`;
