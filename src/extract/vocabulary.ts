import { CompilerError } from "../errors.ts";

/** The id of every token in an object {token: id}. Throws a CompilerError where an id is none, or is beyond the vocabulary. */
export function tokenIds(
  path: string,
  entries: Readonly<Record<string, unknown>>,
  vocabulary: number,
): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(entries)) ids.set(token, checkedId(path, token, id, vocabulary));
  return ids;
}

/** An id that a token may have. Throws a CompilerError. */
export function checkedId(path: string, token: string, id: unknown, vocabulary: number): number {
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0) {
    throw unsound(path, `token ${JSON.stringify(token)} has no id`);
  }
  if (id >= vocabulary) {
    throw unsound(
      path,
      `token ${JSON.stringify(token)} has id ${id}, beyond the "vocab_size" of ${vocabulary} in config.json`,
    );
  }
  return id;
}

/** Tokens by id, as many as the vocabulary; an id without a token has the empty string, which no text contains. */
export function entriesById(path: string, ids: ReadonlyMap<string, number>, vocabulary: number): string[] {
  const entries = new Array<string | undefined>(vocabulary).fill(undefined);
  for (const [token, id] of ids) {
    if (entries[id] !== undefined) {
      throw unsound(path, `${JSON.stringify(entries[id])} and ${JSON.stringify(token)} have the same id, ${id}`);
    }
    entries[id] = token;
  }
  return entries.map((token) => token ?? "");
}

/**
 * Merges from lines "left right" or from pairs, in the order given. Throws a CompilerError where one is no pair, or where
 * either side or what they become is not in the vocabulary.
 */
export function mergesOf(
  path: string,
  merges: readonly unknown[],
  ids: ReadonlyMap<string, number>,
): [string, string][] {
  return merges.map((merge, index) => {
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    if (!isPair(pair)) throw unsound(path, `merge ${index + 1} is not a pair of tokens`);
    const unknown = [...pair, pair.join("")].find((token) => !ids.has(token));
    if (unknown !== undefined) {
      throw unsound(path, `merge ${index + 1} names ${JSON.stringify(unknown)}, which is not in the vocabulary`);
    }
    return pair;
  });
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string" && part !== "");
}

/** A tokenizer file that contradicts itself or the config. */
export function unsound(path: string, reason: string): CompilerError {
  return CompilerError.of("tokenizer-invalid", { path, reason });
}
