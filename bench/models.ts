/**
 * How far models come back as their algorithms: `npm run bench:models -- FOLDER [OPTION ...]`. Compiles every model folder in
 * FOLDER, with the options where there are any, two at a time, since a good part of it keeps one core busy, and the largest first,
 * so that none is left over in the end; prints a table.
 * Match is the share of documents in which every scored answer is the original's; `long` is the same on long.jsonl, where there
 * is one. Lines are those of the emitted model code, without runtime, comments and blank lines.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import ts from "typescript";
import { compareRows, createWasmMachine, instantiate } from "../src/engine/index.ts";
import { loadModel, type ExtractedModel } from "../src/extract/index.ts";
import { lift } from "../src/ir/index.ts";
import { buildPackage } from "../src/package-build.ts";
import type { Report } from "../src/report/index.ts";
import { createProgram, createTokenizer, type Program } from "../src/runtime/index.ts";
import { readTaskDocuments } from "../src/text/task.ts";
import { weights2tsBeside } from "./command.ts";

const NOT_THE_MODEL = /^(?:runtime[/\\]|edits\.ts$|index\.ts$|tokenizer\.ts$|.*\.d\.ts$)/u;

const AT_ONCE = 2;

const [parent, ...options] = process.argv.slice(2);
if (parent === undefined) throw new Error("Name a folder of model folders: npm run bench:models -- FOLDER");
const sizeOf = (name: string): number =>
  readdirSync(join(parent, name))
    .filter((file) => file.endsWith(".safetensors"))
    .reduce((sum, file) => sum + statSync(join(parent, name, file)).size, 0);
const names = readdirSync(parent)
  .filter((name) => existsSync(join(parent, name, "config.json")))
  .sort((one, other) => sizeOf(other) - sizeOf(one));
const scratch = mkdtempSync(join(tmpdir(), "weights2ts-models-"));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

console.log("| model | match | long | headline | bits | recovery | simulation | opaque tensors | lines | seconds |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
const begun = performance.now();
const secondsSince = (start: number): string => ((performance.now() - start) / 1000).toFixed(0);
const waiting = [...names];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) console.log(await lineOf(name));
  }),
);
console.log(`\n${names.length} models in ${secondsSince(begun)} seconds`);
rmSync(scratch, { recursive: true, force: true });

async function lineOf(name: string): Promise<string> {
  const [model, folder] = [join(parent as string, name), join(scratch, name)];
  const started = performance.now();
  const compiled = await weights2tsBeside(["compile", model, "-o", folder, ...options]);
  const { report } = compiled as { report: Report };
  const seconds = secondsSince(started);
  const { headline, bits, recovery, simulation } = report.explanation;
  const cells = [
    name,
    percent(report.fidelity.match.value),
    await longMatch(await loadModel(model), join(model, "long.jsonl"), folder),
    ...[headline, bits, recovery, simulation].map(percent),
    String(opaqueTensors(folder)),
    String(modelLines(folder)),
    seconds,
  ];
  return `| ${cells.join(" | ")} |`;
}

async function longMatch(model: ExtractedModel, path: string, folder: string): Promise<string> {
  if (!existsSync(path) || !model.task) return "";
  const machine = createWasmMachine();
  const original = createProgram(machine, instantiate(machine, lift(model)), createTokenizer(model.tokenizer));
  const entry = await buildPackage(folder, mkdtempSync(join(scratch, "built-")));
  const built = (await import(entry)) as { load(): Promise<Program> };
  const program = await built.load();
  const { decision } = model.task;
  const documents = readTaskDocuments(path, "long", model.config);
  const same = documents.filter(({ tokens, position: firstPosition, scored }) => {
    const [before, after] = [original, program].map((each) => each.logits(tokens, { firstPosition }));
    return scored.every(
      (place) => !compareRows(decision, before?.[place] as Float32Array, after?.[place] as Float32Array).flip,
    );
  });
  return percent(same.length / documents.length);
}

function opaqueTensors(folder: string): number {
  const { tensors } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as { tensors: unknown[] };
  return tensors.length;
}

function modelLines(folder: string): number {
  const sources = join(folder, "src");
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !NOT_THE_MODEL.test(path),
  );
  return files.reduce((sum, path) => {
    const code = withoutComments(readFileSync(join(sources, path), "utf8"));
    return sum + code.split("\n").filter((line) => line.trim() !== "").length;
  }, 0);
}

/** Layout is kept: a line that held a comment alone is blank then. */
function withoutComments(text: string): string {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, false, ts.LanguageVariant.Standard, text);
  let code = "";
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const isComment = token === ts.SyntaxKind.SingleLineCommentTrivia || token === ts.SyntaxKind.MultiLineCommentTrivia;
    code += isComment ? "" : scanner.getTokenText();
  }
  return code;
}
