import { describe, expect, it } from "vitest";
import { drawWindows } from "../../src/text/windows.ts";
import { characters } from "./characters.ts";

function domain(name: string, lengths: readonly number[]) {
  const documents = lengths.map((length, index) => ({
    id: `${name}/${index}`,
    domain: name,
    text: "x".repeat(length),
  }));
  return { name, documents };
}

const encode = ({ text }: { text: string }): number[] => characters.encode(text);

describe("drawing windows", () => {
  it("cuts windows of at most 256 tokens and at most the context, every position scored", () => {
    for (const [context, longest] of [
      [1024, 256],
      [40, 40],
    ] as const) {
      const windows = drawWindows([domain("a", [5000, 300, 30])], encode, context, Infinity);
      expect(Math.max(...windows.map(({ tokens }) => tokens.length))).toBe(longest);
      for (const { tokens, position, scored } of windows) {
        expect(position).toBe(0);
        expect(scored).toEqual(tokens.map((_, index) => index));
      }
    }
  });

  it("takes at most six windows of a document, apart from each other and reaching both ends", () => {
    const numbered = { id: "a/0", domain: "a", text: "" };
    const tokens = Array.from({ length: 2000 }, (_, index) => index);
    const windows = drawWindows([{ name: "a", documents: [numbered] }], () => tokens, 100, Infinity);
    const starts = windows.map((window) => window.tokens[0] ?? -1).sort((one, other) => one - other);
    expect(starts).toEqual([0, 380, 760, 1140, 1520, 1900]);
  });

  it("takes the first window of every document before the second of any", () => {
    const windows = drawWindows([domain("a", [600, 600, 600])], encode, 256, Infinity);
    expect(new Set(windows.slice(0, 3).map(({ id }) => id)).size).toBe(3);
    expect(windows).toHaveLength(6);
  });

  it("leaves out documents too short to tell anything, but not where the context is shorter", () => {
    expect(drawWindows([domain("a", [15])], encode, 256, Infinity)).toEqual([]);
    expect(drawWindows([domain("a", [16])], encode, 256, Infinity)).toHaveLength(1);
    expect(drawWindows([domain("a", [15])], encode, 8, Infinity)).toHaveLength(1);
  });

  it("gives every domain its share of the positions, however many documents it has", () => {
    const domains = [domain("many", Array<number>(200).fill(50)), domain("few", [3000, 3000]), domain("none", [])];
    const windows = drawWindows(domains, encode, 256, 4000);
    const tokensOf = (name: string): number =>
      windows.filter((window) => window.domain === name).reduce((total, { tokens }) => total + tokens.length, 0);
    expect(Math.abs(tokensOf("many") - tokensOf("few"))).toBeLessThanOrEqual(256);
    expect(tokensOf("many") + tokensOf("few")).toBeGreaterThanOrEqual(4000);
    expect(tokensOf("many") + tokensOf("few")).toBeLessThan(4256);
  });

  it("orders by name alone, and tokenises only what it needs", () => {
    const documents = domain("a", Array<number>(100).fill(300)).documents;
    let read = 0;
    const counting = (document: { text: string }): number[] => {
      read++;
      return encode(document);
    };
    const drawn = drawWindows([{ name: "a", documents }], counting, 256, 1024);
    expect(read).toBe(4);
    expect(drawWindows([{ name: "a", documents: documents.toReversed() }], encode, 256, 1024)).toEqual(drawn);
  });
});
