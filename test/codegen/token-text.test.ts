import { describe, expect, it } from "vitest";
import { tokenText } from "../../src/codegen/token-text.ts";
import { createTokenizer, type TokenizerData } from "../../src/runtime/index.ts";

const words = (...list: string[]) => tokenText({ kind: "words", words: list });

describe("contexts in comments", () => {
  it("mark the firing token and the one that it attends to most", () => {
    const tokens = words("on", "the", "4th", "of", "July");
    const context = { before: [0, 1, 2, 3], token: 4, after: [0], value: 1 };
    expect(tokens.context(context)).toBe("on the 4th of «July» on");
    expect(tokens.context({ ...context, lookedAt: 2 })).toBe("on the ‹4th› of «July» on");
    expect(tokens.context({ ...context, lookedAt: 4 })).toBe("on the 4th of «‹July›» on");
  });

  it("leave out what is far from the firing token, and keep the attended one", () => {
    const tokens = words("before", "a", "w".repeat(20), "fires");
    const context = { before: [0, 1, 2, 2, 2, 2, 2], token: 3, after: [], value: 1 };
    const long = "w".repeat(20);
    expect(tokens.context(context)).toBe(`… ${long} ${long} ${long} «fires»`);
    expect(tokens.context({ ...context, lookedAt: 0 })).toBe(`‹before› … ${long} ${long} ${long} «fires»`);
    expect(tokens.context({ ...context, lookedFar: 1 })).toBe(`‹a› … ${long} ${long} ${long} «fires»`);
    expect(tokens.context({ ...context, before: [0], lookedFar: 1 })).toBe("‹a› … before «fires»");
  });

  it("speak of whole characters where they can, and of their pieces where there is nothing else", () => {
    const tokens = tokenText({ kind: "bytePairs", tokens: ["â", "Ģ", "a", "Ġb"], merges: [], special: [] });
    expect(tokens.telling([0, 2, 1, 3, 99])).toEqual([2, 3]);
    expect(tokens.telling([0, 1, 99])).toEqual([0, 1]);
  });

  it("shorten endless tokens", () => {
    expect(words("-".repeat(100)).list([0])).toBe(`"${"-".repeat(23)}…"`);
  });

  it("show a character that takes several tokens as one, unless a part of it is marked", () => {
    const bytes: TokenizerData = { kind: "bytePairs", tokens: ["â", "Ģ", "Ķ", "a", "Ġb"], merges: [], special: [] };
    expect(createTokenizer(bytes).decode([0, 1, 2])).toBe("—");
    const tokens = tokenText(bytes);
    expect(tokens.context({ before: [3, 0, 1, 2], token: 4, after: [3], value: 1 })).toBe("a— «b»a");
    expect(tokens.context({ before: [3, 0, 1], token: 2, after: [3], value: 1 })).toBe("a<0xE2><0x80>«<0x94>»a");
  });

  it("show nothing for rows of the embedding that are no tokens", () => {
    expect(words("a").list([5])).toBe('""');
  });
});
