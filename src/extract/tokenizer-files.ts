import { join } from "node:path";
import { CompilerError } from "../errors.ts";
import type { TokenizerData } from "../runtime/index.ts";
import { isPresent, readWhole, textOf } from "./files.ts";
import { isObject, jsonOf } from "./json.ts";
import { tokenizerFromJson } from "./tokenizer-json.ts";
import { entriesById, mergesOf, tokenIds } from "./vocabulary.ts";

/** GPT-2's only special token, found in the text even where no file says that it is special. */
const END_OF_TEXT = "<|endoftext|>";

/**
 * Reads the tokenizer of a model's folder: tokenizer.json, or vocab.json and merges.txt, or vocab.json alone, which is a
 * list of words. Throws a CompilerError that names the file.
 */
export function readTokenizer(folder: string, vocabulary: number): TokenizerData {
  const combined = join(folder, "tokenizer.json");
  const vocab = join(folder, "vocab.json");
  const merges = join(folder, "merges.txt");
  if (isPresent(combined)) return tokenizerFromJson(combined, jsonOf(combined, readWhole(combined)), vocabulary);
  if (!isPresent(vocab)) {
    if (isPresent(merges)) throw CompilerError.of("file-missing", { path: vocab });
    throw CompilerError.of("tokenizer-missing", { path: folder });
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
  return { kind: "words", words: entriesById(vocab, ids, vocabulary) };
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
