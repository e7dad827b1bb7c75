import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createWasmMachine, instantiate } from "../../src/engine/index.ts";
import { loadModel, type ExtractedModel } from "../../src/extract/index.ts";
import { lift } from "../../src/ir/index.ts";
import { buildPackage } from "../../src/package-build.ts";
import { reportSchema, type Report } from "../../src/report/index.ts";
import { createProgram, createTokenizer, type Program } from "../../src/runtime/index.ts";
import { referenceLogits } from "../extract/reference-forward.ts";
import { emptyFolder, succeed } from "./command.ts";
import { writeTaskModel } from "./small-models.ts";

const BENCHMARK = join(import.meta.dirname, "..", "..", "..", "shared", "benchmark");
const PRESENT = existsSync(BENCHMARK);

/** Documents of the splits that the compiler reads; those that the report is about are all kept. */
const READ = 30;
/** The greatest difference between the package's logits and the reference's, where 32 bits can give as much. */
const TOLERANCE = 1e-4;
/**
 * These models amplify rounding: in 32 bits the original itself lies up to 2e-4 from its 64-bit forward pass. The package
 * adds in another order; at its worst it may lie this many times as far off, and on average hardly farther.
 */
const FARTHEST_RATIO = 3;
const MEAN_RATIO = 1.2;
/** Documents that the 64-bit forward pass reads, evenly spread over all. */
const READ_IN_64_BITS = 4;

/** A document of a model's own. */
interface Document {
  readonly tokens: readonly number[];
  readonly position: number;
  readonly scored: readonly number[];
}

/** A row of scores for each token. */
type Logits = (tokens: readonly number[], options: { firstPosition: number }) => readonly ArrayLike<number>[];

describe("a model that the test makes", () => {
  it("has a match of 1 when it is compiled exactly, in the report and by a 64-bit forward pass", async () => {
    const folder = writeTaskModel(emptyFolder());
    const { report, program } = await compiled(folder, "exact");
    expectExact(report);
    const documents = documentsOf(folder, "test.jsonl");
    const reference = referenceOf(await loadModel(folder));
    expectMatch(program.logits.bind(program), reference, documents, "argmax");
    expect(errorOf(program.logits.bind(program), reference, documents).farthest).toBeLessThan(TOLERANCE);
  });
});

const TITLE = PRESENT
  ? "the models of ../shared/benchmark"
  : "the models of ../shared/benchmark, which is absent here: none is compiled";

describe(TITLE, () => {
  it.each(PRESENT ? ["bce_D3-a", "unique_copy-a", "addition-a"] : [])(
    "%s has a match of 1 when it is compiled exactly, on its test documents and on long ones",
    async (name) => {
      const folder = shortened(name);
      const { report, program } = await compiled(folder, "exact");
      expectExact(report);
      const model = await loadModel(folder);
      const original = interpreted(model);
      const documents = documentsOf(folder, "long.jsonl");
      expectMatch(program.logits.bind(program), original, documents, model.task!.decision);

      const few = documents.filter((_document, index) => index % Math.ceil(documents.length / READ_IN_64_BITS) === 0);
      const reference = referenceOf(model);
      const [own, its] = [original, program.logits.bind(program)].map((logits) => errorOf(logits, reference, few));
      expect(its!.farthest).toBeLessThan(Math.max(TOLERANCE, FARTHEST_RATIO * own!.farthest));
      expect(its!.mean).toBeLessThan(MEAN_RATIO * own!.mean);
    },
  );

  it.each(PRESENT ? ["bce_D2-a"] : [])("%s meets the default budget", async (name) => {
    const { report } = await compiled(join(BENCHMARK, name));
    expect(report.budget).toEqual({ metric: "flips", limit: 0.01, met: true });
    expect(report.fidelity.flips.high).toBeLessThanOrEqual(0.01);
    expect(report.fidelity.documents).toBe(documentsOf(join(BENCHMARK, name), "test.jsonl").length);
  });

  it("are reported as absent by the title of this group where they are", () => {
    expect(TITLE.includes("absent")).toBe(!existsSync(BENCHMARK));
  });
});

async function compiled(model: string, budget?: string): Promise<{ report: Report; program: Program }> {
  const folder = join(emptyFolder(), "package");
  await succeed(["compile", model, "-o", folder, ...(budget === undefined ? [] : ["--budget", budget])]);
  const report = reportSchema.parse(JSON.parse(readFileSync(join(folder, "report.json"), "utf8")));
  const entry = await buildPackage(folder, emptyFolder());
  const { load } = (await import(/* @vite-ignore */ entry)) as { load(): Promise<Program> };
  return { report, program: await load() };
}

function expectExact({ budget, fidelity }: Report): void {
  expect(budget).toEqual({ metric: "exact", limit: 0, met: true });
  expect(fidelity.match).toEqual({ value: 1, low: 1, high: 1 });
  expect(fidelity.flips.value).toBe(0);
}

/** Every scored decision of every document is the original's. */
function expectMatch(found: Logits, original: Logits, documents: readonly Document[], decision: string): void {
  const decide = decision === "argmax" ? highest : positive;
  const matches = documents.filter(({ tokens, position, scored }) => {
    const [one, other] = [found, original].map((logits) => logits(tokens, { firstPosition: position }));
    return scored.every((place) => decide(one![place]!) === decide(other![place]!));
  });
  expect(documents.length).toBeGreaterThanOrEqual(40);
  expect(matches.length / documents.length).toBe(1);
}

/** How far the logits at scored places lie from the reference's. */
function errorOf(logits: Logits, reference: Logits, documents: readonly Document[]) {
  const errors = documents.flatMap(({ tokens, position, scored }) => {
    const [one, other] = [logits, reference].map((each) => each(tokens, { firstPosition: position }));
    return scored.flatMap((place) =>
      Array.from(one![place]!, (score, token) => Math.abs(score - other![place]![token]!)),
    );
  });
  const farthest = errors.reduce((most, error) => Math.max(most, error), 0);
  return { farthest, mean: errors.reduce((sum, error) => sum + error, 0) / errors.length };
}

function highest(row: ArrayLike<number>): string {
  let best = 0;
  for (let token = 1; token < row.length; token++) if (row[token]! > row[best]!) best = token;
  return `${best}`;
}

function positive(row: ArrayLike<number>): string {
  return Array.from(row, (score) => (score > 0 ? "1" : "0")).join("");
}

/** The original model as the interpreter runs it in 32 bits, straight from the stored tensors. */
function interpreted(model: ExtractedModel): Logits {
  const machine = createWasmMachine();
  const program = createProgram(machine, instantiate(machine, lift(model)), createTokenizer(model.tokenizer));
  return program.logits.bind(program);
}

/** The original model in 64 bits and plain loops. */
function referenceOf(model: ExtractedModel): Logits {
  return (tokens, { firstPosition }) => referenceLogits(model, tokens, firstPosition);
}

/** A copy of a benchmark model with fewer documents to calibrate and choose by. */
function shortened(name: string): string {
  const folder = join(emptyFolder(), name);
  cpSync(join(BENCHMARK, name), folder, { recursive: true });
  for (const file of ["calibrate.jsonl", "select.jsonl"]) {
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    writeFileSync(join(folder, file), lines.slice(0, READ).join("\n"));
  }
  return folder;
}

function documentsOf(folder: string, file: string): Document[] {
  const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Document);
}
