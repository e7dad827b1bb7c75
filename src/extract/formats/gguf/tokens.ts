import { CompilerError } from "../../../errors.ts";
import type { TokenizerData } from "../../../runtime/index.ts";
import { entriesById, mergesOf, unsound } from "../../vocabulary.ts";
import type { GgufValue } from "./header.ts";

/** Types of tokens in llama.cpp's vocabularies. */
const CONTROL = 3;
const USER_DEFINED = 4;
const UNUSED = 5;

/** The tokenizer of a GGUF file, GPT-2's byte-level BPE; undefined where it has none. */
export function tokenizerIn(
  path: string,
  metadata: ReadonlyMap<string, GgufValue>,
): ((vocabulary: number) => TokenizerData) | undefined {
  const model = metadata.get("tokenizer.ggml.model");
  if (model === undefined) return undefined;
  return (vocabulary) => {
    const refuse = (key: string, value: GgufValue) =>
      CompilerError.of("tokenizer-unsupported", { path, key, value: JSON.stringify(value) });
    if (model !== "gpt2") throw refuse("tokenizer.ggml.model", model);
    const split = metadata.get("tokenizer.ggml.pre") ?? "gpt-2";
    if (split !== "gpt-2") throw refuse("tokenizer.ggml.pre", split);

    const tokens = metadata.get("tokenizer.ggml.tokens");
    const types = metadata.get("tokenizer.ggml.token_type") ?? [];
    const merges = metadata.get("tokenizer.ggml.merges") ?? [];
    if (!isList(tokens) || !tokens.every((token) => typeof token === "string"))
      throw unsound(path, "it has no list of tokens");
    if (!isList(types) || !isList(merges)) throw unsound(path, "its types of tokens and its merges are no lists");
    if (tokens.length > vocabulary)
      throw unsound(path, `it has ${tokens.length} tokens, and its embedding ${vocabulary}`);

    const ids = new Map<string, number>();
    tokens.forEach((token, id) => {
      if (types[id] === UNUSED) return;
      if (ids.has(token)) throw unsound(path, `${JSON.stringify(token)} has two ids, ${ids.get(token)} and ${id}`);
      ids.set(token, id);
    });
    const special = [...ids].filter(([, id]) => types[id] === CONTROL || types[id] === USER_DEFINED);
    return {
      kind: "bytePairs",
      tokens: entriesById(path, ids, vocabulary),
      merges: mergesOf(path, merges, ids),
      special: special.map(([text, id]) => ({ text, id })),
    };
  };
}

function isList(value: GgufValue | undefined): value is readonly GgufValue[] {
  return Array.isArray(value);
}
