import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModel } from "../../src/extract/index.ts";
import { buildPackage } from "../../src/package-build.ts";
import { createTokenizer, type Program } from "../../src/runtime/index.ts";
import { openText, type TokenDocument } from "../../src/text/index.ts";
import { splitOf } from "../../src/text/document.ts";
import { rowsOf } from "../extract/golden.ts";
import { samples, score, temporaryFolder } from "./planted.ts";

// The committed package against what the transformers library wrote to disk about its original. Everything is measured
// here a second time, from the package's public face and by code of its own.

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "parity");
const folder = join(import.meta.dirname, "..", "..", "output", "tiny");
const model = await loadModel("tiny");

interface GoldenGreedy {
  readonly promptTokens: number;
  readonly continuations: readonly (readonly number[])[];
}
interface GoldenRows {
  readonly rows: readonly number[];
  readonly documents: readonly { readonly tokens: readonly number[] }[];
}
const greedy = JSON.parse(readFileSync(join(FIXTURES, "tiny-greedy.json"), "utf8")) as GoldenGreedy;
const prompts = openText({ kind: "default" }, createTokenizer(model.tokenizer), model.config.context, {
  select: 60_000,
})
  .select()
  .map(({ tokens }) => tokens.slice(0, greedy.promptTokens))
  .filter(({ length }) => length === greedy.promptTokens)
  .slice(0, greedy.continuations.length);

const built = mkdtempSync(join(tmpdir(), "weights2ts-output-"));
/** Fidelity is measured on everything given; the rest of a score, which this test does not look at, on little. */
const EFFORT = { prompts: 200, bits: 100, recovery: 100, means: 100, simulation: 100, falsification: 100 };

let program: Program;
beforeAll(async () => {
  const { load } = (await import(await buildPackage(folder, built))) as { load(): Promise<Program> };
  program = await load();
});
afterAll(() => rmSync(built, { recursive: true }));

describe("the committed package of tiny", () => {
  test("flips where score says, against the reference's own continuations", async () => {
    // Along its continuation, the reference's most likely token is the next one.
    const documents = prompts.map((prompt, index) => {
      const continuation = greedy.continuations[index] as readonly number[];
      const tokens = [...prompt, ...continuation.slice(0, -1)];
      return { tokens, position: 0, scored: continuation.map((_, step) => prompt.length - 1 + step) };
    });
    const flips = documents.map(({ tokens, scored }, index) => {
      const rows = program.logits(tokens);
      return scored.filter((time, step) => {
        const row = Array.from(rows[time] as Float32Array);
        return row.indexOf(Math.max(...row)) !== greedy.continuations[index]?.[step];
      }).length;
    });
    const { fidelity } = await score({ folder, model, source: taskOf(documents), effort: EFFORT });
    const positions = documents.length * 20;
    expect(fidelity.positions).toBe(positions);
    expect(fidelity.flips.value).toBeCloseTo(flips.reduce((sum, count) => sum + count, 0) / positions, 5);
  });

  test("errs in as many words as score says, against the reference's own continuations", async () => {
    const documents = prompts.map((tokens, index): TokenDocument => {
      return { id: testId(index), domain: "text", tokens, position: 0, scored: tokens.map((_, time) => time) };
    });
    const { fidelity } = await score({
      folder,
      model,
      source: samples([...documents, ...fittingDocuments()]),
      effort: EFFORT,
    });
    const words = (ids: readonly number[]): string[] => program.decode(ids).split(/\s+/).filter(Boolean);
    let [errors, count] = [0, 0];
    prompts.forEach((prompt, index) => {
      const expected = words(greedy.continuations[index] as readonly number[]);
      errors += editDistance(expected, words([...program.generate(prompt, { tokens: 20 })]));
      count += expected.length;
    });
    expect(fidelity.continuations).toBe(prompts.length);
    expect(fidelity.wer?.value).toBeCloseTo(errors / count, 5);
  });

  test("diverges as much as score says, from the reference's logits", async () => {
    const golden = JSON.parse(readFileSync(join(FIXTURES, "tiny", "golden.json"), "utf8")) as GoldenRows;
    const rows = rowsOf(join(FIXTURES, "tiny", "golden.safetensors"));
    const divergences = golden.documents.flatMap(({ tokens }, index) => {
      const own = program.logits(tokens);
      return rows(`logits.${index}`).map((original, row) =>
        divergence(Array.from(original), Array.from(own[golden.rows[row] as number] as Float32Array)),
      );
    });
    const documents = golden.documents.map(({ tokens }) => ({ tokens, position: 0, scored: golden.rows }));
    const { fidelity } = await score({ folder, model, source: taskOf(documents), effort: EFFORT });
    expect(fidelity.positions).toBe(divergences.length);
    const mean = divergences.reduce((sum, value) => sum + value, 0) / divergences.length;
    // Golden logits are rounded from 64 bits, the score's come from 32: nothing at the size of a budget.
    expect(Math.abs(fidelity.kl.value - mean)).toBeLessThan(1e-6);
  });
});

function taskOf(documents: readonly Pick<TokenDocument, "tokens" | "position" | "scored">[]) {
  const path = join(temporaryFolder(), "documents.jsonl");
  writeFileSync(path, documents.map((document) => JSON.stringify(document)).join("\n"));
  return { kind: "task" as const, task: { decision: "argmax" as const, calibrate: path, select: path, test: path } };
}

/** The names "text/0", "text/1", … that belong to the test split, in their order. */
const testId = (() => {
  const ids: string[] = [];
  for (let number = 0; ids.length < 200; number++) if (splitOf(`text/${number}`) === "test") ids.push(`text/${number}`);
  return (index: number): string => ids[index] as string;
})();

/** Something for the other splits, which fidelity does not read. */
function fittingDocuments(): TokenDocument[] {
  const tokens = prompts[0] ?? [];
  return Array.from({ length: 60 }, (_, number) => `other/${number}`)
    .filter((id) => splitOf(id) !== "test")
    .map((id) => ({ id, domain: "text", tokens, position: 0, scored: [0] }));
}

function divergence(original: readonly number[], other: readonly number[]): number {
  const logTotal = (row: readonly number[]) => Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  const [total, otherTotal] = [logTotal(original), logTotal(other)];
  return original.reduce((sum, value, token) => {
    const logShare = value - total;
    return sum + Math.exp(logShare) * (logShare - ((other[token] as number) - otherTotal));
  }, 0);
}

/** Levenshtein's distance, row by row. */
function editDistance(from: readonly string[], to: readonly string[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  from.forEach((word, index) => {
    const next = [index + 1];
    to.forEach((other, column) => {
      const replaced = (row[column] as number) + (word === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] as number) + 1, (next[column] as number) + 1));
    });
    row = next;
  });
  return row[to.length] as number;
}
