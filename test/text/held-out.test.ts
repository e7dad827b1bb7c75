import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createTokenizer } from "../../src/runtime/index.ts";
import { splitOf, type Split } from "../../src/text/document.ts";
import { defaultDomains } from "../../src/text/domains/index.ts";
import { readTestDocuments } from "../../src/text/held-out.ts";
import * as face from "../../src/text/index.ts";
import type { TextSource, TextTokenizer, TokenDocument } from "../../src/text/index.ts";
import { tinyTokenizerData } from "../runtime/tiny-tokenizer.ts";
import { characters } from "./characters.ts";
import { folderWith, paragraphs } from "./folders.ts";

const source = fileURLToPath(new URL("../../src/", import.meta.url));

/** Every split of a source, everything there is of it. */
function allSplits(text: TextSource, tokenizer: TextTokenizer): Record<Split, TokenDocument[]> {
  const reader = face.openText(text, tokenizer, 64, { calibrate: 60_000, select: 60_000 });
  const test = readTestDocuments(text, tokenizer, 64, { test: 60_000 });
  return { calibrate: reader.calibrate(), select: reader.select(), test };
}

function expectDisjoint(splits: Record<Split, TokenDocument[]>): void {
  const documents = Object.values(splits).map((windows) => new Set(windows.map(({ id }) => id)));
  const all = new Set(documents.flatMap((ids) => [...ids]));
  for (const ids of documents) expect(ids.size).toBeGreaterThan(0);
  expect(documents.reduce((total, ids) => total + ids.size, 0)).toBe(all.size);
}

/** The modules that a file imports from its own project, types included. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, "utf8").matchAll(/(?:from|import|new URL)\s*\(?\s*["'](\.[^"']*)["']/g);
  return Array.from(found, ([, path]) => relative(source, join(dirname(file), path as string)));
}

describe("the documents that a program is reported on", () => {
  it("are none that it was fitted or chosen on: the default text", () => {
    const splits = allSplits({ kind: "default" }, createTokenizer(tinyTokenizerData()));
    expectDisjoint(splits);
    for (const [split, windows] of Object.entries(splits)) {
      for (const { id } of windows) expect(splitOf(id)).toBe(split);
    }
  });

  it("are none that it was fitted or chosen on: a person's own text, with the same page in many files", () => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`${index % 7}/${index}.txt`, paragraphs(10 + (index % 100))]),
    );
    const splits = allSplits({ kind: "path", path: folderWith(files) }, characters);
    expectDisjoint(splits);
  });

  it("are none that it was fitted or chosen on: the model's own samples", () => {
    const documents = Array.from({ length: 200 }, (_, index) => ({
      id: `samples/${index}`,
      domain: "samples",
      tokens: [index],
      position: 0,
      scored: [0],
    }));
    expectDisjoint(allSplits({ kind: "samples", documents }, characters));
  });

  it("are about one in fourteen of every domain that is large enough", () => {
    for (const domain of defaultDomains) {
      const ids = domain.documents().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const share = ids.filter((id) => splitOf(id) === "test").length / ids.length;
      expect(share).toBeGreaterThan(0.02);
      expect(share).toBeLessThan(0.15);
    }
  });

  it("are not to be had from the folder's public face", () => {
    expect(Object.keys(face)).toEqual(["openText"]);
  });

  it("are read by score and by nothing else", () => {
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const importers = (module: string): string[] =>
      files.filter((name) => importsOf(join(source, name)).includes(module)).sort();
    expect(importers("text/held-out.ts").filter((name) => !name.startsWith("score/"))).toEqual([]);
    expect(importers("text/splits.ts")).toEqual(["text/held-out.ts", "text/reader.ts"]);
    const inner = ["text/domains/index.ts", "text/files.ts", "text/task.ts", "text/windows.ts"];
    for (const module of inner) expect(importers(module).filter((name) => !name.startsWith("text/"))).toEqual([]);
    const reader = readFileSync(join(source, "text/reader.ts"), "utf8");
    expect(reader).not.toMatch(/read\(\s*["'`]test/);
  });
});
