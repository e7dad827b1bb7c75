import { setsOf } from "../ir/index.ts";
import type { Candidate } from "./candidate.ts";

/**
 * Whether rules can say their sets of tokens by text, as they must: a set that has one of two tokens of the same text, but
 * not the other, cannot be written down.
 *
 * @param texts of every token, by id
 */
export function saysSetsByText(texts: readonly string[]): (candidate: Candidate) => boolean {
  const sharing = new Map<string, number[]>();
  texts.forEach((text, token) => sharing.set(text, [...(sharing.get(text) ?? []), token]));
  return ({ replacement }) =>
    replacement.kind !== "rule" ||
    setsOf(replacement.when).every(({ tokens }) => {
      const members = new Set(tokens);
      return tokens.every((token) => (sharing.get(texts[token] ?? "") ?? []).every((other) => members.has(other)));
    });
}
