import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { HOSTILE_WORDS } from "../codegen/emitted.ts";
import { contentsOf, emptyFolder, succeed } from "./command.ts";
import { writeMajority, writeTaskModel } from "./small-models.ts";

/** More of what breaks out of HTML, terminals, templates, patterns, objects and lines. */
const WORDS = [
  ...new Set([
    ...HOSTILE_WORDS.filter((word) => word !== "plain" && !/^\p{Surrogate}$/u.test(word)),
    ...[
      "</script><script>alert(1)</script>",
      "<!--",
      "]]>",
      "&lt;",
      "<img/src=x/onerror=alert(1)>",
      "javascript:alert(1)",
    ],
    ...["\u001b[2J", "\u001b]0;title\u0007", "\u009b31m", "\u0008", "\r", "\n", "\u2029", "\u2066", "\ufeff", "\u007f"],
    ...[
      "${globalThis}",
      "{{constructor}}",
      "{{{x}}}",
      "*/}process.exit(1)/*",
      "'",
      "\\",
      "\\u{41}",
      "$&",
      "(?=",
      "[^",
      "../../x",
    ],
    ...["__proto__", "constructor", "toString", "hasOwnProperty", "import", "default", "undefined", "NaN", "#!/bin/sh"],
  ]),
];

/** Characters that a terminal, an editor or a reader of a pull request could be deceived by. */
const UNSEEN = /(?![\n])\p{Cc}|\p{Bidi_Control}|\u2028|\u2029|\ufeff/u;

/** A package's text files that are made of the model; the tokenizer's data is JSON. */
const WRITTEN = /\.(?:ts|md|json|jsonl|svg|html|txt)$/;

/** The words of the planted model, of which the first two count. */
const FEW_WORDS = ["__proto__", "*/${process.exit(1)}`", "</script>", "\u001b[2J\u202e", "constructor", "\\\"'"];

const MODELS = [
  {
    what: "weights",
    words: WORDS,
    write: (parent: string) => writeTaskModel(parent, { sizes: { vocabulary: WORDS.length }, words: WORDS }),
    flags: ["--budget", "flips=60%", "--shortcuts", "--without", "recognise"],
  },
  {
    what: "an algorithm",
    words: FEW_WORDS,
    write: (parent: string) => writeMajority(parent, FEW_WORDS),
    flags: [],
  },
];

describe.each(MODELS)(
  "a model whose whole vocabulary is hostile, compiled to $what",
  ({ what, words, write, flags }) => {
    let folder = "";
    let files: Record<string, string> = {};

    beforeAll(async () => {
      folder = join(emptyFolder(), "package");
      // Compiling type-checks the package, builds and runs it.
      await succeed(["compile", write(emptyFolder()), "-o", folder, ...flags]);
      files = contentsOf(folder);
    }, 300_000);

    it("is that, and says what the original says as often as one of plain words", () => {
      expect(Object.keys(files).some((path) => path.endsWith(".safetensors"))).toBe(what === "weights");
      const { fidelity } = JSON.parse(readFileSync(join(folder, "report.json"), "utf8")) as {
        fidelity: { match: { value: number } };
      };
      if (what === "an algorithm") expect(fidelity.match.value).toBeGreaterThanOrEqual(0.98);
    });

    it("has no character in its files that cannot be seen", () => {
      const written = Object.keys(files).filter((path) => WRITTEN.test(path));
      expect(written).toEqual(expect.arrayContaining(["README.md", "report.json", "src/model.ts"]));
      for (const path of written) {
        const text = readFileSync(join(folder, path), "utf8");
        if (path !== "weights/tokenizer.json") expect(UNSEEN.exec(text), path).toBeNull();
        else expect((JSON.parse(text) as { words: string[] }).words).toEqual(words);
      }
    });

    it("has no mark-up in its pages but its own", () => {
      const pages = Object.keys(files).filter((path) => /\.(?:md|html|svg)$/.test(path));
      for (const path of pages) {
        const text = readFileSync(join(folder, path), "utf8").replace(/```[\s\S]*?```|`[^`\n]*`/g, "");
        expect(text, path).not.toMatch(/(?<!\\)<(?:script|img|!--)/i);
      }
    });

    it("runs from a prompt of such words", async () => {
      const prompt = words.filter((word) => /^\S+$/u.test(word) && !word.includes("\u0000")).slice(0, 12);
      const { stdout } = await succeed(["run", folder, prompt.join(" "), "-n", "3", "--json"]);
      expect((JSON.parse(stdout) as { tokens: number[] }).tokens).toHaveLength(3);
    });
  },
);
