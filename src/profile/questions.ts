import { holdsAt, type NamedTokens, type Predicate } from "../ir/index.ts";
import { Here } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";

/** Where a predicate holds: indices into the tokens of all documents, one after the other, rising. */
export type Places = Int32Array;

/** The questions that rules are made of, simple ones first; those about sets that the vocabulary does not name are left out. */
export function questionsOf(sets: readonly NamedTokens[]): Predicate[] {
  const named = new Map(sets.map((set) => [set.name, set]));
  const [opening, closing, quotes] = ["OPENING_BRACKETS", "CLOSING_BRACKETS", "QUOTES"].map((name) => named.get(name));
  return [
    ...sets.map((set): Predicate => ({ kind: "token", back: 0, set })),
    ...sets.map((set): Predicate => ({ kind: "token", back: 1, set })),
    ...sets.map((set): Predicate => ({ kind: "token", back: 2, set })),
    ...sets.flatMap((set) => [4, 8].map((count): Predicate => ({ kind: "anyOfLast", count, set }))),
    ...sets.map((set): Predicate => ({ kind: "noneSoFar", set })),
    ...["NEWLINES", "SENTENCE_ENDS"].flatMap((name) => {
      const set = named.get(name);
      return set ? [1, 3, 6].map((most): Predicate => ({ kind: "since", set, least: 1, most })) : [];
    }),
    ...[1, 2, 3].map((length): Predicate => ({ kind: "repeats", length })),
    ...[0, 1, 3, 7, 15].map((most): Predicate => ({ kind: "position", least: 0, most })),
    ...(quotes ? [{ kind: "inside", marks: quotes } as const] : []),
    ...(opening && closing ? [1, 2].map((least): Predicate => ({ kind: "depth", opening, closing, least })) : []),
  ];
}

/** Where the predicate holds in the documents. */
export function placesOf(predicate: Predicate, documents: readonly TokenDocument[], vocabulary: number): Places {
  const holds = holdsAt(predicate, vocabulary);
  const places: number[] = [];
  let first = 0;
  for (const { tokens } of documents) {
    for (let position = 0; position < tokens.length; position++) {
      if (holds(new Here(tokens, position))) places.push(first + position);
    }
    first += tokens.length;
  }
  return Int32Array.from(places);
}
