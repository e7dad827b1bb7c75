import { describe, expect, it } from "vitest";
import { lift, type TokenSetNode } from "../../../src/ir/index.ts";
import { nameTokenSets } from "../../../src/simplify/exact/name-token-sets.ts";
import { TOKEN_PATTERNS } from "../../../src/simplify/exact/token-sets.ts";
import { randomLiftSource } from "../../ir/random-model.ts";

/** Name of a set -> the tokens in it. */
const setsOf = (texts: readonly string[]): Record<string, string[]> =>
  Object.fromEntries(
    nodesFor(texts).map(({ name, pattern }) => [name, texts.filter((text) => new RegExp(pattern, "u").test(text))]),
  );

const nodesFor = (texts: readonly string[]): readonly TokenSetNode[] =>
  nameTokenSets(texts).apply(lift(randomLiftSource(1, { vocabulary: texts.length }))).tokenSets;

describe("nameTokenSets", () => {
  it("finds the sets of a byte-level vocabulary", () => {
    const texts = [
      "<|endoftext|>",
      "<0xE2>",
      "\n",
      " ",
      " July",
      " June",
      "ing",
      " the",
      "The",
      "7",
      " 1999",
      ".",
      ' "',
      "(",
    ];
    expect(setsOf(texts)).toEqual({
      SPECIAL: ["<|endoftext|>"],
      PARTIAL_CHARACTERS: ["<0xE2>"],
      LEADING_SPACE: [" July", " June", " the", " 1999", ' "'],
      WHITESPACE: ["\n", " "],
      NEWLINES: ["\n"],
      SPACED_WORDS: [" July", " June", " the"],
      LETTERS_ONLY: ["ing", "The"],
      CAPITALISED: [" July", " June", "The"],
      DIGITS: ["7", " 1999"],
      YEARS: [" 1999"],
      PUNCTUATION: [".", ' "', "("],
      SENTENCE_ENDS: ["."],
      OPENING_BRACKETS: ["("],
      QUOTES: [' "'],
      MONTHS: [" July", " June"],
      ARTICLES: [" the", "The"],
    });
  });

  it("finds the sets of a word list", () => {
    expect(setsOf(["0", "1", "2", "+", "<bos>", "<sep>"])).toEqual({
      SPECIAL: ["<bos>", "<sep>"],
      DIGITS: ["0", "1", "2"],
      PUNCTUATION: ["+"],
    });
  });

  it("leaves out sets that are empty, that have every token, and that repeat an earlier one", () => {
    expect(Object.keys(setsOf(["0", "1", "2"]))).toEqual([]);
    expect(Object.keys(setsOf(["(", ".", "a"]))).toEqual([
      "LETTERS_ONLY",
      "PUNCTUATION",
      "SENTENCE_ENDS",
      "OPENING_BRACKETS",
    ]);
  });

  it("takes one word of a list for chance", () => {
    expect(Object.keys(setsOf(["a", "b", "0"]))).toEqual(["LETTERS_ONLY", "DIGITS"]);
    expect(Object.keys(setsOf(["a", " an", "0"]))).toEqual(["LEADING_SPACE", "LETTERS_ONLY", "DIGITS", "ARTICLES"]);
  });

  it("counts the tokens of each set", () => {
    expect(nodesFor(["0", "1", "a"]).map(({ name, size, shape }) => [name, size, shape])).toEqual([
      ["LETTERS_ONLY", 1, [1]],
      ["DIGITS", 2, [2]],
    ]);
  });

  it("knows every pattern by one UPPER_CASE name", () => {
    const names = TOKEN_PATTERNS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[A-Z]+(_[A-Z]+)*$/.test(name))).toEqual([]);
  });
});
