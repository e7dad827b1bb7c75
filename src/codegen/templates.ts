import { readFileSync } from "node:fs";
import Handlebars from "handlebars";

const FOLDER = new URL("../../templates/", import.meta.url);

const NAMES = [
  "algorithm-edits.ts",
  "algorithm-index.ts",
  "algorithm-README.md",
  "algorithm-tokenizer.ts",
  "block.txt",
  "edits.ts",
  "head.txt",
  "index.ts",
  "mlp.txt",
  "model.txt",
  "node-files.d.ts",
  "package.json",
  "README.md",
  "token-classes.ts",
  "tsconfig.json",
  "vocabulary.ts",
  "weights.ts",
] as const;

/** A template of the folder `templates`, less its ending. */
export type TemplateName = (typeof NAMES)[number];

const compiled = new Map<TemplateName, (data: object) => string>();

/** Fills a template in. Throws where the data lacks something that the template names. */
export function render(name: TemplateName, data: object): string {
  if (compiled.size === 0) compileAll();
  return (compiled.get(name) as (data: object) => string)(data);
}

/** All at once, so that a broken template shows itself with the first file. */
function compileAll(): void {
  for (const name of NAMES) {
    const source = readFileSync(new URL(`${name}.hbs`, FOLDER), "utf8");
    compiled.set(name, Handlebars.compile(source, { noEscape: true, strict: true }));
  }
}
