import { symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readFiles } from "../../src/text/files.ts";
import { folderWith, paragraphs } from "./folders.ts";

describe("a person's own text", () => {
  it("takes each of many files as a document, and the subfolders as domains", () => {
    const files: Record<string, string> = { "letters/2024/a.md": "Dear\r\nreader" };
    for (let index = 0; index < 70; index++) files[`notes/${index}.txt`] = `note ${index}`;
    const domains = readFiles(folderWith(files));
    expect(domains.map(({ name, documents }) => [name, documents.length])).toEqual([
      ["letters", 1],
      ["notes", 70],
    ]);
    expect(domains[0]?.documents[0]?.text).toBe("Dear\nreader");
  });

  it("cuts a single file into pieces between paragraphs, without losing any of it", () => {
    const text = paragraphs(2000);
    const domains = readFiles(join(folderWith({ "squares.txt": text }), "squares.txt"));
    const pieces = domains[0]?.documents.map((document) => document.text) ?? [];
    expect(domains.map(({ name }) => name)).toEqual(["squares"]);
    expect(pieces.join("\n\n")).toBe(text);
    expect(pieces.length).toBeGreaterThan(50);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(8000);
  });

  it("names a document by its text: equal texts are one, and files that come or move change no other", () => {
    const [plain] = readFiles(folderWith({ "a.txt": "one", "b.txt": "two" }));
    const [, moved] = readFiles(folderWith({ "a.txt": "three", "x/c.txt": "two", "x/d.txt": "two", "x/e.txt": "one" }));
    const ids = (all: typeof plain): string[] => (all?.documents ?? []).map(({ id }) => id).sort();
    expect(ids(moved)).toEqual(ids(plain));
  });

  it("follows no links and opens nothing hidden", () => {
    const folder = folderWith({ "a.txt": "seen", ".git/config": "\u0000", ".env": "hidden" });
    symlinkSync(folder, join(folder, "loop"));
    symlinkSync("/etc/hosts", join(folder, "hosts"));
    expect(readFiles(folder).flatMap(({ documents }) => documents.map(({ text }) => text))).toEqual(["seen"]);
  });

  it("refuses files too large to read before it reads them", () => {
    const folder = folderWith({ "a.txt": "", "b.txt": "small" });
    truncateSync(join(folder, "a.txt"), 300 * 2 ** 20);
    expect(() => readFiles(folder)).toThrow(expect.objectContaining({ code: "text-too-large" }));
  });

  it("refuses what is missing, binary or not UTF-8, by name", () => {
    const folder = folderWith({ "latin1.txt": Uint8Array.of(0x63, 0x61, 0x66, 0xe9), "zero/zero.txt": "a\u0000b" });
    expect(() => readFiles(join(folder, "nothing"))).toThrow(expect.objectContaining({ code: "text-missing" }));
    const latin1 = join(folder, "latin1.txt");
    expect(() => readFiles(latin1)).toThrow(`${latin1} is not a UTF-8 text file.`);
    expect(() => readFiles(join(folder, "zero"))).toThrow(
      expect.objectContaining({ code: "text-not-utf8", exitCode: 2 }),
    );
    expect(() => readFiles("/dev/null")).toThrow(expect.objectContaining({ code: "text-unreadable" }));
  });
});
