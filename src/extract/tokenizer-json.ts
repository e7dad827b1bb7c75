import { z } from "zod";
import { CompilerError } from "../errors.ts";
import { BYTE_CHARACTERS, type TokenizerData } from "../runtime/index.ts";
import { shown } from "./json.ts";
import { checkedId, entriesById, mergesOf, tokenIds, unsound } from "./vocabulary.ts";

const component = z.looseObject({ type: z.string() });

/** tokenizer.json of the `tokenizers` library, as far as it decides how text becomes tokens. */
const schema = z.object({
  model: z.looseObject({
    type: z.string().default("BPE"),
    vocab: z.record(z.string(), z.unknown()),
    merges: z.array(z.unknown()).default([]),
  }),
  added_tokens: z.array(z.looseObject({ id: z.unknown(), content: z.string() })).default([]),
  normalizer: component.nullish(),
  pre_tokenizer: component.nullish(),
  post_processor: component.nullish(),
});

/** Settings of byte-level BPE that GPT-2 leaves off. */
const MODEL_SWITCHES = ["dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges"];

/** Ways of finding an added token that GPT-2 leaves off. */
const ADDED_TOKEN_SWITCHES = ["single_word", "lstrip", "rstrip"];

/**
 * Reads the contents of a tokenizer.json with GPT-2's byte-level BPE. Throws a CompilerError that names the setting where
 * it asks for anything else.
 */
export function tokenizerFromJson(path: string, contents: unknown, vocabulary: number): TokenizerData {
  const parsed = schema.safeParse(contents);
  if (!parsed.success) throw unsound(path, `"${parsed.error.issues[0]?.path.join(".")}" is missing or makes no sense`);
  const { model, added_tokens: added, pre_tokenizer: split } = parsed.data;
  const refuse = (key: string, value: unknown) =>
    CompilerError.of("tokenizer-unsupported", { path, key, value: shown(value) });

  if (model.type !== "BPE") throw refuse("model.type", model.type);
  if (parsed.data.normalizer) throw refuse("normalizer", parsed.data.normalizer.type);
  if (split?.type !== "ByteLevel") throw refuse("pre_tokenizer", split?.type);
  if (split["add_prefix_space"] !== false) throw refuse("pre_tokenizer.add_prefix_space", split["add_prefix_space"]);
  if (split["use_regex"] === false) throw refuse("pre_tokenizer.use_regex", false);
  const after = parsed.data.post_processor;
  if (after && after.type !== "ByteLevel") throw refuse("post_processor", after.type);
  const set = MODEL_SWITCHES.find((key) => model[key]);
  if (set !== undefined) throw refuse(`model.${set}`, model[set]);

  const ids = tokenIds(path, model.vocab, vocabulary);
  // With a token for every byte, no text is ever unknown.
  if ((model["unk_token"] ?? null) !== null && !BYTE_CHARACTERS.every((character) => ids.has(character))) {
    throw refuse("model.unk_token", model["unk_token"]);
  }
  const merges = mergesOf(path, model.merges, ids);
  const special = added.map((token) => {
    const strict = ADDED_TOKEN_SWITCHES.find((key) => token[key] === true);
    if (strict !== undefined) throw refuse(`added_tokens.${strict}`, true);
    return { text: token.content, id: checkedId(path, token.content, token.id, vocabulary) };
  });
  for (const { text, id } of special) {
    if ((ids.get(text) ?? id) !== id)
      throw unsound(path, `${JSON.stringify(text)} has two ids, ${ids.get(text)} and ${id}`);
    ids.set(text, id);
  }
  return { kind: "bytePairs", tokens: entriesById(path, ids, vocabulary), merges, special };
}
