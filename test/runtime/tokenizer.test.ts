import { readFileSync } from "node:fs";
import { Tokenizer as Reference } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTokenizer, type TokenizerData } from "../../src/runtime/index.ts";
import { defaultDomains } from "../../src/text/domains/index.ts";
import { tinyTokenizerData, tinyTokenizerFile } from "./tiny-tokenizer.ts";

const tokenizer = createTokenizer(tinyTokenizerData());
const reference = new Reference(tinyTokenizerFile, {});

/** Every so many documents of the default text; all 12,920 were compared once, by hand. */
const EVERY = 40;

/** JavaScript's white space differs from Unicode's in these two, and so does the reference in JavaScript. */
const NOT_THE_SAME_SPACE = /[\u0085\uFEFF]/;

const SEED = 20_261;

/** Characters where tokenizers go wrong. */
const HARD = [
  ...Array.from(
    " \n\t\r\u0000\u001C\u007F\u0085\u00A0\u00AD\u180E\u200B\u200D\u2028\u3000\uFEFF\uFFFD\uFFFF'_-.aB1½ßİ漢字ไทย",
  ),
  ...Array.from("😀🇩🇪𝒳𝟗\u{10FFFF}\u0301\u0378"),
  "  ",
  "'s",
  "'LL",
  " the",
  "👩‍👩‍👧",
  "<|endoftext|>",
  "<|endoftext",
  "|>",
];

const hardText = fc
  .array(fc.oneof(fc.constantFrom(...HARD), fc.string({ unit: "binary", maxLength: 3 })), { maxLength: 20 })
  .map((parts) => parts.join(""));

function bytePairs(tokens: string[], merges: [string, string][], special: { text: string; id: number }[] = []) {
  return createTokenizer({ kind: "bytePairs", tokens, merges, special });
}

describe("byte-pair encoding", () => {
  it("equals the reference on the default text", () => {
    for (const domain of defaultDomains) {
      const documents = domain.documents().filter((_, index) => index % EVERY === 0);
      expect(documents.length).toBeGreaterThan(0);
      for (const { id, text } of documents) {
        const tokens = tokenizer.encode(text);
        expect(tokens.join() === reference.encode(text).ids.join(), id).toBe(true);
        expect(tokenizer.decode(tokens) === text, id).toBe(true);
      }
    }
  });

  it("equals the reference on fuzzed Unicode, special tokens among it", () => {
    const compare = fc.property(hardText, (text) => {
      fc.pre(!NOT_THE_SAME_SPACE.test(text));
      expect(tokenizer.encode(text)).toEqual(reference.encode(text).ids);
    });
    fc.assert(compare, { seed: SEED, numRuns: 3000 });
  });

  it("equals the reference in Python, whose white space is Unicode's, on recorded texts and broken UTF-8", () => {
    const lines = readFileSync(new URL("tokenizer-cases.jsonl", import.meta.url), "utf8")
      .trimEnd()
      .split("\n");
    for (const line of lines) {
      const one = JSON.parse(line) as { text: string; encoded: number[] } | { ids: number[]; decoded: string };
      if ("text" in one) expect(tokenizer.encode(one.text), line).toEqual(one.encoded);
      else expect(tokenizer.decode(one.ids), line).toBe(one.decoded);
    }
    expect(lines.length).toBeGreaterThan(300);
  });

  it("gives back every text that it reads, half surrogate pairs as U+FFFD", () => {
    const surrogate = fc.constantFrom("\uD800", "\uDC00", "\uDBFF\uDFFF", "\uDFFF\uD83D");
    const text = fc.array(fc.oneof(hardText, surrogate), { maxLength: 8 }).map((parts) => parts.join(""));
    const roundTrip = fc.property(text, (original) => {
      const wellFormed = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(original));
      const tokens = tokenizer.encode(original);
      expect(tokenizer.decode(tokens)).toBe(wellFormed);
      expect(tokenizer.encode(wellFormed)).toEqual(tokens);
    });
    fc.assert(roundTrip, { seed: SEED, numRuns: 1500 });
  });

  it("finds special tokens first, the longest where several start at one place", () => {
    const special = ["<a>", "<a>>", "a.c"].map((text, index) => ({ text, id: 3 + index }));
    const small = bytePairs(["a", "<", ">", "<a>", "<a>>", "a.c"], [], special);
    expect(small.encode("a<a>>><a>a.c<a")).toEqual([0, 4, 2, 3, 5, 1, 0]);
    expect(tokenizer.encode("a<|endoftext|>b")).toEqual([...tokenizer.encode("a"), 0, ...tokenizer.encode("b")]);
  });

  it("joins the pair of the lowest rank first and the leftmost of equals", () => {
    const letters = ["a", "b", "c"];
    const word = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 24 }).map((all) => all.join(""));
    const pair = fc.tuple(fc.nat(), fc.nat());
    const property = fc.property(word, fc.array(pair, { minLength: 1, maxLength: 12 }), (text, choices) => {
      const tokens = letters.slice();
      const merges: [string, string][] = [];
      for (const [left, right] of choices) {
        const merge: [string, string] = [tokens[left % tokens.length] ?? "", tokens[right % tokens.length] ?? ""];
        if (tokens.includes(merge.join(""))) continue;
        merges.push(merge);
        tokens.push(merge.join(""));
      }
      const tokensOfText = bytePairs(tokens, merges).encode(text);
      expect(tokensOfText.map((id) => tokens[id])).toEqual(joinedOneByOne(text, merges));
    });
    fc.assert(property, { seed: SEED, numRuns: 1000 });
  });

  it("reads hundreds of thousands of letters without a break", () => {
    const letters = "a".repeat(300_000);
    const tokens = tokenizer.encode(letters);
    expect(tokens.length).toBeLessThanOrEqual(letters.length);
    expect(tokenizer.decode(tokens) === letters).toBe(true);
    const spaces = " ".repeat(300_000);
    expect(tokenizer.decode(tokenizer.encode(`${spaces}x`)) === `${spaces}x`).toBe(true);
  });

  it("names a token by its text, and by its bytes where they are no whole character", () => {
    const small = bytePairs(["Ġthe", "â", "Ģ", "Ġâ", "Ċ", "<end>"], [], [{ text: "<end>", id: 5 }]);
    expect(Array.from({ length: small.size }, (_, id) => small.tokenText(id))).toEqual([
      " the",
      "<0xE2>",
      "<0x80>",
      " <0xE2>",
      "\n",
      "<end>",
    ]);
  });

  it("refuses tokens that it does not have, and merges of them", () => {
    for (const id of [-1, 1024, 0.5, NaN]) expect(() => tokenizer.decode([5, id])).toThrow(RangeError);
    expect(() => tokenizer.tokenText(1024)).toThrow("Token 1024 is not in the vocabulary.");
    expect(() => bytePairs(["a", "b"], [["a", "b"]])).toThrow('A merge names "ab", which is not in the vocabulary.');
  });
});

describe("a list of words", () => {
  const data: TokenizerData = { kind: "words", words: ["<bos>", "0", "1", "toString"] };

  it("reads words with white space between and writes them with spaces", () => {
    const words = createTokenizer(data);
    expect(words.encode("  <bos> 1\n0\ttoString ")).toEqual([0, 2, 1, 3]);
    expect(words.encode(" ")).toEqual([]);
    expect(words.decode([0, 2, 1])).toBe("<bos> 1 0");
    expect(words.tokenText(3)).toBe("toString");
    expect(words.size).toBe(4);
  });

  it("refuses a word or token that is not on the list", () => {
    const words = createTokenizer(data);
    expect(() => words.encode("0 constructor")).toThrow('"constructor" is not a word of the vocabulary.');
    expect(() => words.encode("0 2")).toThrow(RangeError);
    expect(() => words.decode([4])).toThrow(RangeError);
  });
});

/** The definition of byte-pair encoding, in quadratic time. */
function joinedOneByOne(text: string, merges: readonly [string, string][]): string[] {
  const parts = Array.from(text);
  for (;;) {
    const ranks = parts
      .slice(1)
      .map((right, index) => merges.findIndex(([one, other]) => one === parts[index] && other === right));
    const known = ranks.filter((rank) => rank >= 0);
    if (known.length === 0) return parts;
    const place = ranks.indexOf(Math.min(...known));
    parts.splice(place, 2, `${parts[place]}${parts[place + 1]}`);
  }
}
