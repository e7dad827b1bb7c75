import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Domain } from "../document.ts";
import { packageFolder } from "./installed.ts";

const CHARACTERS_PER_DOCUMENT = 20_000;
const PIECES = 160;

/** The TypeScript compiler's own code, about twenty thousand characters a document, cut between lines. */
export const code: Domain = {
  name: "code",
  description: "the TypeScript compiler's own code, in JavaScript (typescript)",
  documents: () => {
    const source = readFileSync(join(packageFolder("typescript/package.json", 0), "lib", "typescript.js"), "utf8");
    const documents = [];
    let start = 0;
    while (start < source.length && documents.length < PIECES) {
      const lineEnd = source.indexOf("\n", start + CHARACTERS_PER_DOCUMENT);
      const end = lineEnd < 0 ? source.length : lineEnd + 1;
      documents.push({ id: `code/${documents.length}`, domain: "code", text: source.slice(start, end).trim() });
      start = end;
    }
    return documents;
  },
};
