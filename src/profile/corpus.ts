import type { TokenDocument } from "../text/index.ts";

/** Neighbouring documents that one worker reads and adds up. */
export interface DocumentGroup {
  /** Index of the first document among all. */
  readonly first: number;
  readonly documents: readonly TokenDocument[];
}

/**
 * Tokens at which a group is full. Results of a group are added up by its worker, so that the grouping must not depend
 * on how many workers there are.
 */
const GROUP_TOKENS = 1024;

/** Cuts documents into groups of neighbours. */
export function inGroups(documents: readonly TokenDocument[]): DocumentGroup[] {
  const groups: DocumentGroup[] = [];
  let first = 0;
  let tokens = 0;
  documents.forEach((document, index) => {
    tokens += document.tokens.length;
    if (tokens < GROUP_TOKENS && index < documents.length - 1) return;
    groups.push({ first, documents: documents.slice(first, index + 1) });
    first = index + 1;
    tokens = 0;
  });
  return groups;
}

/** The first documents, until they have so many tokens. */
export function firstTokens(documents: readonly TokenDocument[], tokens: number): TokenDocument[] {
  let counted = 0;
  return documents.filter((document) => {
    if (counted >= tokens) return false;
    counted += document.tokens.length;
    return true;
  });
}

/** For each document a number that it shares with the documents of the same id. */
export function clustersOf(documents: readonly TokenDocument[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(documents, ({ id }) => {
    const known = numbers.get(id) ?? numbers.size;
    numbers.set(id, known);
    return known;
  });
}

/** Scored positions of all documents. */
export const scoredPositions = (documents: readonly TokenDocument[]): number =>
  documents.reduce((sum, { scored }) => sum + scored.length, 0);
