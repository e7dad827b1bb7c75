import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wordEditDistance, wordsOf } from "../../src/score/words.ts";

describe("wordEditDistance", () => {
  test("counts insertions, deletions and substitutions of whole words", () => {
    const distance = (from: string, to: string): number => wordEditDistance(wordsOf(from), wordsOf(to));
    expect(distance("the old man and the sea", "the old man and the sea")).toBe(0);
    expect(distance("the old man and the sea", "the young man and sea")).toBe(2);
    expect(distance("the old man", "of the old man")).toBe(1);
    expect(distance("", "a b c")).toBe(3);
    expect(distance("a b c", "")).toBe(3);
  });

  test("is a metric", () => {
    const words = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 6 });
    fc.assert(
      fc.property(words, words, words, (one, two, three) => {
        const between = wordEditDistance(one, two);
        expect(between).toBe(wordEditDistance(two, one));
        expect(between === 0).toBe(one.join() === two.join());
        expect(wordEditDistance(one, three)).toBeLessThanOrEqual(between + wordEditDistance(two, three));
      }),
      { seed: 1 },
    );
  });
});

test("wordsOf splits at any white space and makes no empty words", () => {
  expect(wordsOf("  of\tthe\n\n People\u00a0")).toEqual(["of", "the", "People"]);
  expect(wordsOf(" \n")).toEqual([]);
});
