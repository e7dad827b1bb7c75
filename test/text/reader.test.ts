import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createTokenizer } from "../../src/runtime/index.ts";
import { openText, type TextReader, type TokenDocument } from "../../src/text/index.ts";
import { tinyTokenizerData } from "../runtime/tiny-tokenizer.ts";
import { characters } from "./characters.ts";
import { folderWith, paragraphs } from "./folders.ts";

const tokenizer = createTokenizer(tinyTokenizerData());

function positionsOf(documents: readonly TokenDocument[]): number {
  return documents.reduce((total, { scored }) => total + scored.length, 0);
}

describe("the default text", () => {
  let text: TextReader;
  beforeAll(() => {
    text = openText({ kind: "default" }, tokenizer, 256);
  });

  it("has six domains with equal shares of about 16,000 and 24,000 positions", () => {
    expect(text.domains).toEqual(["speeches", "novel", "glossary", "sentences", "mail", "code"]);
    for (const [documents, positions] of [
      [text.calibrate(), 16_000],
      [text.select(), 24_000],
    ] as const) {
      expect(Math.abs(positionsOf(documents) - positions)).toBeLessThanOrEqual(256);
      for (const domain of text.domains) {
        const share = positionsOf(documents.filter((document) => document.domain === domain));
        expect(Math.abs(share - positions / 6)).toBeLessThanOrEqual(512);
      }
    }
  });

  it("is answered by the highest score", () => {
    expect(text.decision).toBe("argmax");
  });

  it("is the same text with the same identity every time, and another with other limits", () => {
    const again = openText({ kind: "default" }, tokenizer, 256);
    expect(again.identity).toBe(text.identity);
    expect(again.calibrate()).toEqual(text.calibrate());
    const less = openText({ kind: "default" }, tokenizer, 256, { select: 1000 });
    expect(less.identity).not.toBe(text.identity);
    expect(less.calibrate()).toEqual(text.calibrate());
    expect(text.select().slice(0, less.select().length)).toEqual(less.select());
  });
});

describe("other sources", () => {
  it("are read from a file of some 50 KB", () => {
    const folder = folderWith({ "squares.txt": paragraphs(1000) });
    const text = openText({ kind: "path", path: join(folder, "squares.txt") }, characters, 64);
    expect(text.domains).toEqual(["squares"]);
    expect(positionsOf(text.calibrate())).toBeGreaterThan(10_000);
    expect(positionsOf(text.select())).toBeGreaterThan(500);
  });

  it("are refused where a split would be empty", () => {
    const path = folderWith({ "a.txt": "A single sentence, in all of the text there is." });
    expect(() => openText({ kind: "path", path }, characters, 64)).toThrow(
      expect.objectContaining({ code: "text-too-short" }),
    );
  });

  it("are refused where the tokenizer has no tokens for the text", () => {
    const words = createTokenizer({ kind: "words", words: ["Paragraph"] });
    const path = folderWith({ "a.txt": paragraphs(1000) });
    const opening = (): unknown => openText({ kind: "path", path }, words, 64);
    expect(opening).toThrow(expect.objectContaining({ code: "text-foreign" }));
    expect(opening).toThrow("is not a word of the vocabulary");
  });

  it("may be samples, split by their names", () => {
    const documents = Array.from({ length: 200 }, (_, index) => ({
      id: `samples/${index}`,
      domain: "samples",
      tokens: [index],
      position: 0,
      scored: [0],
    }));
    const text = openText({ kind: "samples", documents }, characters, 64);
    expect(text.calibrate().length + text.select().length).toBeLessThan(200);
    expect(text.calibrate().length).toBeGreaterThan(text.select().length);
    expect(text.domains).toEqual(["samples"]);
  });
});
