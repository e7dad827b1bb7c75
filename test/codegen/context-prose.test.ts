import { describe, expect, it } from "vitest";
import { effectLines, headContextLines } from "../../src/codegen/context-prose.ts";
import { tokenText } from "../../src/codegen/token-text.ts";

const words = tokenText({ kind: "words", words: ["start", "of", "July", "the"] });
const context = (before: number[], token: number) => ({ before, token, after: [3], value: 1 });

describe("contexts of a head", () => {
  it("have below the strongest one what the head raises and lowers there, and no line twice", () => {
    const contexts = [context([1], 2), context([0], 2), context([1], 2)];
    expect(headContextLines({ contexts, raises: [0], lowers: [3] }, words)).toEqual([
      "of «July» the",
      '  raises "start"; lowers "the"',
      "start «July» the",
    ]);
  });

  it("leave out a token alone at the start of a text, and what is known of it, where there is more to show", () => {
    const alone = context([], 0);
    expect(headContextLines({ contexts: [alone, context([1], 2)], raises: [0], lowers: [] }, words)).toEqual([
      "of «July» the",
    ]);
    expect(headContextLines({ contexts: [alone], raises: [2], lowers: [] }, words)).toEqual([
      "«start» the",
      '  raises "July"',
    ]);
  });

  it("come last where pieces of characters are in them", () => {
    const bytes = tokenText({ kind: "bytePairs", tokens: ["â", "a", "b"], merges: [], special: [] });
    const contexts = [
      { before: [1], token: 0, after: [], value: 2 },
      { before: [1], token: 2, after: [], value: 1 },
    ];
    expect(headContextLines({ contexts, raises: [1], lowers: [] }, bytes)).toEqual([
      "a«b»",
      "a«<0xE2>»",
      '  raises "a"',
    ]);
  });
});

describe("effects", () => {
  it("say nothing of tokens that are in both lists, as all are in a small vocabulary", () => {
    expect(effectLines(words, [0, 1], [1, 2])).toEqual(['raises "start"; lowers "July"']);
    expect(effectLines(words, [1], [1])).toEqual([]);
  });
});
