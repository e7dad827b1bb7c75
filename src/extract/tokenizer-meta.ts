import { PickleError, pickleRefusal, unpickle, type Unpickled } from "./pickle.ts";
import { checkedId, unsound } from "./vocabulary.ts";

/**
 * The id of every character in the meta.pkl that nanoGPT puts beside its data: a pickle of {"stoi": {character: id}, …}.
 * Throws a CompilerError where it is none.
 */
export function metaIds(path: string, bytes: Uint8Array, vocabulary: number): Map<string, number> {
  const meta = plainPickle(path, bytes);
  const entries: unknown = meta instanceof Map ? meta.get("stoi") : undefined;
  if (!(entries instanceof Map)) throw unsound(path, 'it has no dictionary "stoi"');
  const ids = new Map<string, number>();
  for (const [character, id] of entries as ReadonlyMap<Unpickled, Unpickled>) {
    if (typeof character !== "string" || Array.from(character).length !== 1) {
      throw unsound(path, "a token is no single character");
    }
    ids.set(character, checkedId(path, character, id, vocabulary));
  }
  return ids;
}

function plainPickle(path: string, bytes: Uint8Array): Unpickled {
  try {
    return unpickle(bytes, { calls: new Map(), isName: () => false }).value;
  } catch (error) {
    throw error instanceof PickleError ? pickleRefusal(path, error, (reason) => unsound(path, reason)) : error;
  }
}
