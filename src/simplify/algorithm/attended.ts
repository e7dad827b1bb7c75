import { numberOf, runnerOf, type Algorithm } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** What a token may be to the current one; a token that is no number counts as less than all of them when it asks. */
export type Relation = "nextLarger" | "largest" | "induction" | "duplicate" | "larger";

/** What most of a pattern's attention goes to. */
export interface Attended {
  readonly relation: Relation;
  /** Share of the attention that goes there, where there is such a token and the pattern is copied from. */
  readonly share: number;
}

/** Shares of the attention, and of the positions, that make it worth saying. */
const MOST = 0.6;
const OFTEN = 0.5;

/** The text so far, as its last position sees it. */
interface Seen {
  readonly tokens: readonly number[];
  readonly query: number;
  /** The number that each token of the text is. */
  readonly numbers: readonly number[];
}

/** The places of the tokens that a relation speaks of. From the most specific on. */
const RELATIONS: Readonly<Record<Relation, (seen: Seen) => number[]>> = {
  nextLarger: (seen) => {
    const larger = largerIn(seen);
    const next = Math.min(...larger.map((key) => seen.numbers[key] as number));
    return larger.filter((key) => seen.numbers[key] === next);
  },
  largest: ({ numbers, query }) => {
    const known = numbers.slice(0, query + 1).filter((number) => !Number.isNaN(number));
    const most = Math.max(...known);
    return placesUpTo(query).filter((key) => numbers[key] === most);
  },
  induction: ({ tokens, query }) => placesUpTo(query).filter((key) => key > 0 && tokens[key - 1] === tokens[query]),
  duplicate: ({ tokens, query }) => placesUpTo(query).filter((key) => key !== query && tokens[key] === tokens[query]),
  larger: (seen) => largerIn(seen),
};

/** For each pattern that an algorithm copies from the most specific relation that most of its attention goes by, if any. */
export function attendedBy(
  algorithm: Algorithm,
  words: readonly string[],
  documents: readonly TokenDocument[],
): (Attended | undefined)[] {
  const { patterns = [], cases } = algorithm;
  const values = words.map(numberOf);
  const run = runnerOf(algorithm, words);
  const tallies = patterns.map((pattern) => ({
    isCopied: cases.map(({ copies = [] }) => copies.some(({ of }) => of === pattern)),
    positions: 0,
    of: Object.keys(RELATIONS).map((relation) => ({ relation: relation as Relation, positions: 0, share: 0 })),
  }));
  for (const { tokens, position, scored } of documents) {
    const rows = run(tokens, position).patterns;
    const numbers = tokens.map((token) => values[token] as number);
    for (const query of scored) {
      const seen = { tokens, query, numbers };
      const current = words[tokens[query] as number] as string;
      const own = cases.findIndex(({ after }) => after?.includes(current) ?? true);
      const places = Object.values(RELATIONS).map((placesIn) => placesIn(seen));
      tallies.forEach((tally, pattern) => {
        if (!tally.isCopied[own]) return;
        tally.positions++;
        places.forEach((keys, at) => {
          const sum = tally.of[at] as { positions: number; share: number };
          if (keys.length === 0) return;
          sum.positions++;
          sum.share += keys.reduce((total, key) => total + (rows[pattern]?.[query]?.[key] as number), 0);
        });
      });
    }
  }
  return tallies.map(({ of, positions: all }) => {
    const found = of.find(
      ({ positions, share }) => positions > 0 && positions >= OFTEN * all && share >= MOST * positions,
    );
    return found && { relation: found.relation, share: found.share / found.positions };
  });
}

/** Places of numbers larger than the current one, or of all where that is none. */
function largerIn({ numbers, query }: Seen): number[] {
  const own = numbers[query] as number;
  return placesUpTo(query).filter((key) => (numbers[key] as number) > (Number.isNaN(own) ? -Infinity : own));
}

function placesUpTo(query: number): number[] {
  return Array.from({ length: query + 1 }, (_, key) => key);
}
