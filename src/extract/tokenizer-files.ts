import { join } from "node:path";
import { CompilerError } from "../errors.ts";
import type { TokenizerData } from "../runtime/index.ts";
import { isPresent, readWhole, textOf } from "./files.ts";
import { isObject, jsonOf } from "./json.ts";
import { metaIds } from "./tokenizer-meta.ts";
import { tokenizerFromJson } from "./tokenizer-json.ts";
import { entriesById, mergesOf, tokenIds } from "./vocabulary.ts";

/** GPT-2's only special token, found in the text even where no file says that it is special. */
const END_OF_TEXT = "<|endoftext|>";

/** Files that hold a tokenizer or a list of tokens; the first one there is decides. */
const TOKENIZER_FILES = ["tokenizer.json", "vocab.json", "meta.pkl"] as const;

/** Has the folder a file with tokens? */
export function hasTokenizer(folder: string): boolean {
  return TOKENIZER_FILES.some((file) => isPresent(join(folder, file)));
}

/**
 * Reads the tokenizer of a model's folder: tokenizer.json; or vocab.json and merges.txt; or vocab.json alone, which is a
 * list of characters or of words; or nanoGPT's meta.pkl, a list of characters. A folder without any has tokens that are
 * named by their ids. Throws a CompilerError that names the file.
 */
export function readTokenizer(folder: string, vocabulary: number): TokenizerData {
  const [combined, vocab, meta] = TOKENIZER_FILES.map((file) => join(folder, file)) as [string, string, string];
  const merges = join(folder, "merges.txt");
  if (isPresent(combined)) return tokenizerFromJson(combined, jsonOf(combined, readWhole(combined)), vocabulary);
  if (!isPresent(vocab)) {
    if (isPresent(merges)) throw CompilerError.of("file-missing", { path: vocab });
    if (isPresent(meta)) return charactersOf(meta, metaIds(meta, readWhole(meta), vocabulary), vocabulary);
    return { kind: "words", words: Array.from({ length: vocabulary }, (_, id) => String(id)) };
  }
  const ids = tokenIds(vocab, jsonOf(vocab, readWhole(vocab)), vocabulary);
  if (isPresent(merges)) {
    const lines = textOf(merges, readWhole(merges)).split(/\r?\n/u);
    const pairs = lines.filter((line) => line !== "" && !line.startsWith("#version"));
    const special = specialTokens(folder, ids, vocabulary);
    for (const { text, id } of special) ids.set(text, id);
    return {
      kind: "bytePairs",
      tokens: entriesById(vocab, ids, vocabulary),
      merges: mergesOf(merges, pairs, ids),
      special,
    };
  }
  // "Ġ" stands for a leading space in byte-level vocabularies, and in no list of words.
  if ([...ids.keys()].some((word) => word.length > 1 && word.startsWith("Ġ"))) {
    throw CompilerError.of("file-missing", { path: merges });
  }
  if (isCharacterList(ids)) return charactersOf(vocab, ids, vocabulary);
  return { kind: "words", words: entriesById(vocab, ids, vocabulary) };
}

/** Text is split into characters where white space is a token itself, and no token is longer but for marks such as "<pad>". */
function isCharacterList(ids: ReadonlyMap<string, number>): boolean {
  const tokens = [...ids.keys()].filter((token) => !/^<\S+>$/u.test(token));
  return tokens.every((token) => Array.from(token).length <= 1) && tokens.some((token) => /^\s$/u.test(token));
}

function charactersOf(path: string, ids: ReadonlyMap<string, number>, vocabulary: number): TokenizerData {
  return { kind: "characters", characters: entriesById(path, ids, vocabulary) };
}

/** Special tokens as older folders name them: in added_tokens.json by id, in special_tokens_map.json by role. */
function specialTokens(
  folder: string,
  ids: ReadonlyMap<string, number>,
  vocabulary: number,
): { text: string; id: number }[] {
  const special = new Map<string, number>();
  const addKnown = (text: unknown) => {
    const id = typeof text === "string" ? (special.get(text) ?? ids.get(text)) : undefined;
    if (id !== undefined) special.set(text as string, id);
  };
  const added = join(folder, "added_tokens.json");
  if (isPresent(added)) {
    for (const [text, id] of tokenIds(added, jsonOf(added, readWhole(added)), vocabulary)) special.set(text, id);
  }
  const roles = join(folder, "special_tokens_map.json");
  if (isPresent(roles)) {
    for (const token of Object.values(jsonOf(roles, readWhole(roles))).flat()) {
      addKnown(isObject(token) ? token["content"] : token);
    }
  }
  addKnown(END_OF_TEXT);
  return [...special].map(([text, id]) => ({ text, id }));
}
