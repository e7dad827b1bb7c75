import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/extract/index.ts";
import { expectRefusal, smallModel } from "./small-model.ts";

const VOCAB = { a: 0, b: 1, ab: 2, Ġ: 3 };
const END = { id: 4, content: "<|endoftext|>", special: true, single_word: false, lstrip: false, rstrip: false };

const COMBINED = {
  added_tokens: [END],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
  post_processor: null,
  model: { type: "BPE", dropout: null, unk_token: null, vocab: VOCAB, merges: [["a", "b"]] },
};

const BYTE_PAIRS = {
  kind: "bytePairs",
  tokens: ["a", "b", "ab", "Ġ", "<|endoftext|>"],
  merges: [["a", "b"]],
  special: [{ text: "<|endoftext|>", id: 4 }],
};

const withCombined = (changes: object): string =>
  smallModel({ "tokenizer.json": JSON.stringify({ ...COMBINED, ...changes }), "vocab.json": undefined });

const withModel = (changes: object): string => withCombined({ model: { ...COMBINED.model, ...changes } });

const withVocabAndMerges = (vocab: object, merges: string, others: Record<string, string> = {}): string =>
  smallModel({ "vocab.json": JSON.stringify(vocab), "merges.txt": merges, ...others });

describe("reads byte pairs", () => {
  it("from tokenizer.json, with merges as pairs or as lines", async () => {
    expect((await loadModel(withCombined({}))).tokenizer).toEqual(BYTE_PAIRS);
    expect((await loadModel(withModel({ merges: ["a b"] }))).tokenizer).toEqual(BYTE_PAIRS);
  });

  it("from vocab.json and merges.txt, with or without a version and carriage returns", async () => {
    const vocab = { ...VOCAB, "<|endoftext|>": 4 };
    for (const merges of ["#version: 0.2\na b\n", "a b", "#version: 0.2\r\na b\r\n"]) {
      expect((await loadModel(withVocabAndMerges(vocab, merges))).tokenizer).toEqual(BYTE_PAIRS);
    }
  });

  it("with special tokens from added_tokens.json and special_tokens_map.json", async () => {
    const added = await loadModel(withVocabAndMerges(VOCAB, "a b", { "added_tokens.json": '{"<|endoftext|>": 4}' }));
    expect(added.tokenizer).toEqual(BYTE_PAIRS);
    const roles = { bos_token: { content: "b" }, additional_special_tokens: ["a", "unknown"] };
    const mapped = await loadModel(
      withVocabAndMerges(VOCAB, "a b", { "special_tokens_map.json": JSON.stringify(roles) }),
    );
    expect(mapped.tokenizer).toMatchObject({
      special: [
        { text: "b", id: 1 },
        { text: "a", id: 0 },
      ],
    });
  });
});

it("gives ids without a word the empty string", async () => {
  const { tokenizer } = await loadModel(smallModel({ "vocab.json": '{"b": 3, "a": 1}' }));
  expect(tokenizer).toEqual({ kind: "words", words: ["", "a", "", "b", ""] });
});

describe("refuses", () => {
  it("a folder with half of a tokenizer", async () => {
    await expectRefusal(smallModel({ "vocab.json": undefined, "merges.txt": "a b" }), "file-missing", "vocab.json");
    await expectRefusal(smallModel({ "vocab.json": '{"Ġthe": 0, "a": 1}' }), "file-missing", "merges.txt");
  });

  it("merges that name unknown tokens or are no pairs", async () => {
    const vocab = { a: 0, b: 1, ab: 2 };
    for (const [merge, name] of [
      ["a x", '"x"'],
      ["x b", '"x"'],
      ["b a", '"ba"'],
    ] as const) {
      await expectRefusal(
        withVocabAndMerges(vocab, `#version: 0.2\na b\n${merge}\n`),
        "tokenizer-invalid",
        "merge 2",
        name,
      );
      await expectRefusal(withModel({ merges: [merge] }), "tokenizer-invalid", "merge 1", name);
    }
    for (const merge of ["a", "a b c", " ab"])
      await expectRefusal(withVocabAndMerges(vocab, merge), "tokenizer-invalid", "merge 1");
    await expectRefusal(withModel({ merges: [["a", 1]] }), "tokenizer-invalid", "merge 1");
  });

  it("words without an id, with a shared one, or with one beyond the vocabulary", async () => {
    for (const vocab of ['{"a": "0"}', '{"a": -1}', '{"a": 0.5}', '{"a": null}', '{"a": 5}', '{"a": 1, "b": 1}']) {
      await expectRefusal(smallModel({ "vocab.json": vocab }), "tokenizer-invalid", "vocab.json", '"a"');
    }
    await expectRefusal(smallModel({ "vocab.json": '["a"]' }), "json-invalid", "vocab.json");
    await expectRefusal(smallModel({ "vocab.json": '{"a": 0, "b": 1, "a": 2}' }), "json-repeated", "vocab.json", '"a"');
  });

  it("a tokenizer.json that lacks its vocabulary or contradicts itself", async () => {
    await expectRefusal(smallModel({ "tokenizer.json": "{}" }), "tokenizer-invalid", '"model"');
    await expectRefusal(withModel({ vocab: undefined }), "tokenizer-invalid", '"model.vocab"');
    await expectRefusal(withCombined({ added_tokens: [{ ...END, id: 9 }] }), "tokenizer-invalid", "9");
    await expectRefusal(withCombined({ added_tokens: [{ ...END, content: "a" }] }), "tokenizer-invalid", "two ids");
    await expectRefusal(withCombined({ added_tokens: [{ ...END, id: 0 }] }), "tokenizer-invalid", "same id");
  });

  it.each([
    ["model.type", { model: { ...COMBINED.model, type: "Unigram" } }],
    ["model.dropout", { model: { ...COMBINED.model, dropout: 0.1 } }],
    ["model.unk_token", { model: { ...COMBINED.model, unk_token: "a" } }],
    ["model.byte_fallback", { model: { ...COMBINED.model, byte_fallback: true } }],
    ["normalizer", { normalizer: { type: "Lowercase" } }],
    ["pre_tokenizer", { pre_tokenizer: { type: "Whitespace" } }],
    ["pre_tokenizer", { pre_tokenizer: null }],
    ["pre_tokenizer.add_prefix_space", { pre_tokenizer: { type: "ByteLevel", add_prefix_space: true } }],
    ["post_processor", { post_processor: { type: "TemplateProcessing" } }],
    ["added_tokens.lstrip", { added_tokens: [{ ...END, lstrip: true }] }],
  ])("a tokenizer.json whose %s is not GPT-2's", async (key, changes) => {
    await expectRefusal(withCombined(changes), "tokenizer-unsupported", `"${key}"`);
  });
});
