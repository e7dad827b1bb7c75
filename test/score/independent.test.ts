import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadModel, type ExtractedModel } from "../../src/extract/index.ts";
import { lift, type Program } from "../../src/ir/index.ts";
import type { Interval } from "../../src/report/index.ts";
import type { Program as RunningProgram } from "../../src/runtime/index.ts";
import type { TextSource, TokenDocument } from "../../src/text/index.ts";
import { RANDOM_MODELS } from "../extract/golden.ts";
import { referenceLogits } from "../extract/reference-forward.ts";
import { writeHandMadePackage } from "./hand-made-package.ts";
import { randomDocuments, randomModel, samples, score, temporaryFolder, testDocuments, withRules } from "./planted.ts";

// Everything that is measured here a second time is written out below, from logits alone: on disk from the transformers
// library, or from a 64-bit forward pass that shares no code with the compiler; and from the package's public face.

/** The originals' logits are in 64 bits here, in 32 bits there. */
const ROUNDING = 1e-5;

describe.each(RANDOM_MODELS)(
  "against golden logits on disk, for the model $name,",
  ({ folder: modelFolder, texts }) => {
    test("flips, match and KL of a changed package are what score says", async () => {
      const model = await loadModel(modelFolder);
      const golden = texts();
      const { folder, program } = await packageOf(model, withRules(lift(model)));
      const pairs = golden.flatMap(({ tokens, position, logits }) => {
        const rows = program.logits(tokens, { firstPosition: position });
        return logits.map((row, time): Pair => ({ original: Array.from(row), program: Array.from(rows[time]!) }));
      });
      const { fidelity } = await score({ folder, model, source: taskOf(golden, "argmax") });

      expect(fidelity.positions).toBe(pairs.length);
      expect(fidelity.flips.value).toBeCloseTo(mean(pairs.map(isFlip)), 5);
      expectNear(fidelity.kl, mean(pairs.map(kl)));
      let seen = 0;
      const matches = golden.map(({ tokens }) => {
        const own = pairs.slice(seen, (seen += tokens.length));
        return own.some((pair) => isFlip(pair) === 1) ? 0 : 1;
      });
      expect(fidelity.match.value).toBeCloseTo(mean(matches), 5);
    });
  },
);

describe("against a 64-bit forward pass, for a model of text,", () => {
  const model = randomModel(2);
  const documents = randomDocuments(5);
  const unseen = testDocuments(documents);
  const original = (tokens: readonly number[]): number[][] => referenceLogits(model, tokens, 0);

  test("flips, confident flips, KL, cross-entropy and word errors of a changed package are what score says", async () => {
    const { folder, program } = await packageOf(model, withRules(lift(model)));
    const { fidelity } = await score({ folder, model, source: samples(documents), effort: { prompts: 5 } });

    const pairs = unseen.flatMap(({ tokens }) => {
      const rows = program.logits(tokens);
      return original(tokens).map((row, time) => ({
        original: row,
        program: Array.from(rows[time]!),
        next: tokens[time + 1],
      }));
    });
    expect(fidelity.flips.value).toBeGreaterThan(0.02);
    expect(fidelity.flips.value).toBeCloseTo(mean(pairs.map(isFlip)), 5);
    const confident = pairs.filter(({ original: row }) => {
      const [first, second] = row.toSorted((a, b) => b - a) as [number, number];
      return first - second >= 0.3;
    });
    expect(fidelity.confidentFlips.value).toBeCloseTo(mean(confident.map(isFlip)), 5);
    expectNear(fidelity.kl, mean(pairs.map(kl)));
    const rises = pairs.flatMap(({ next, ...pair }) =>
      next === undefined ? [] : [Math.log(softmax(pair.original)[next]! / softmax(pair.program)[next]!)],
    );
    expectNear(fidelity.ceDelta!, mean(rises));

    const letters = model.tokenizer.kind === "bytePairs" ? model.tokenizer.tokens : [];
    const words = (ids: readonly number[]): string[] =>
      ids
        .map((id) => letters[id])
        .join("")
        .split("Ġ")
        .filter((word) => word !== "");
    const continuations = unseen.slice(0, 5).map(({ tokens }) => {
      const prompt = tokens.slice(0, 32);
      const expected = words(greedy(prompt, 20, (text) => original(text).at(-1)!));
      const written = words(greedy(prompt, 20, (text) => Array.from(program.logits(text).at(-1)!)));
      return { errors: wordErrors(expected, written), count: expected.length };
    });
    expect(fidelity.continuations).toBe(5);
    const errors = continuations.reduce((sum, { errors: own }) => sum + own, 0);
    expect(errors).toBeGreaterThan(0);
    expect(fidelity.wer!.value).toBeCloseTo(errors / continuations.reduce((sum, { count }) => sum + count, 0), 5);
  });

  test("an answer of positive tokens flips when the set does, and its KLs add up", async () => {
    const { folder, program } = await packageOf(model, withRules(lift(model)));
    const { fidelity } = await score({ folder, model, source: taskOf(documents, "positive") });
    const pairs = documents.flatMap(({ tokens }) => {
      const rows = program.logits(tokens);
      return original(tokens).map((row, time) => ({ original: row, program: Array.from(rows[time]!) }));
    });
    const setFlips = pairs.map((pair) =>
      pair.original.some((value, token) => value > 0 !== pair.program[token]! > 0) ? 1 : 0,
    );
    expect(fidelity.flips.value).toBeCloseTo(mean(setFlips), 5);
    const binary = pairs.map((pair) =>
      pair.original.reduce((sum, value, token) => {
        const [p, q] = [1 / (1 + Math.exp(-value)), 1 / (1 + Math.exp(-pair.program[token]!))];
        return sum + p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
      }, 0),
    );
    expectNear(fidelity.kl, mean(binary));
    expect(fidelity.wer).toBeNull();
    expect(fidelity.ceDelta).toBeNull();
  });
});

/** Writes a package and loads it, through its public face alone. */
async function packageOf(
  model: ExtractedModel,
  program: Program,
): Promise<{ folder: string; program: RunningProgram }> {
  const folder = temporaryFolder();
  writeHandMadePackage(folder, program, model.tokenizer);
  const { load } = (await import(join(folder, "src", "index.ts"))) as { load(): Promise<RunningProgram> };
  return { folder, program: await load() };
}

/** A task whose documents, in every split, are these, every position scored. */
function taskOf(
  documents: readonly Pick<TokenDocument, "tokens" | "position">[],
  decision: "argmax" | "positive",
): TextSource {
  const path = join(temporaryFolder(), "documents.jsonl");
  const lines = documents.map(({ tokens, position }) => ({ tokens, position, scored: tokens.map((_, time) => time) }));
  writeFileSync(path, lines.map((line) => JSON.stringify(line)).join("\n"));
  return { kind: "task", task: { decision, calibrate: path, select: path, test: path } };
}

interface Pair {
  readonly original: readonly number[];
  readonly program: readonly number[];
}

function isFlip({ original, program }: Pair): number {
  return original.indexOf(Math.max(...original)) === program.indexOf(Math.max(...program)) ? 0 : 1;
}

function kl({ original, program }: Pair): number {
  const [p, q] = [softmax(original), softmax(program)];
  return p.reduce((sum, share, token) => sum + share * Math.log(share / q[token]!), 0);
}

function softmax(logits: readonly number[]): number[] {
  const weights = logits.map((value) => Math.exp(value - Math.max(...logits)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function greedy(prompt: readonly number[], count: number, last: (tokens: readonly number[]) => readonly number[]) {
  const tokens = [...prompt];
  for (let step = 0; step < count; step++) {
    const scores = last(tokens);
    tokens.push(scores.indexOf(Math.max(...scores)));
  }
  return tokens.slice(prompt.length);
}

/** Word edit distance, by its recursive definition. */
function wordErrors(from: readonly string[], to: readonly string[]): number {
  if (from.length === 0 || to.length === 0) return from.length + to.length;
  const [first, ...rest] = from;
  const [other, ...others] = to;
  if (first === other) return wordErrors(rest, others);
  return 1 + Math.min(wordErrors(rest, others), wordErrors(rest, to), wordErrors(from, others));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function expectNear({ value, low, high }: Interval, expected: number): void {
  expect(Math.abs(value - expected)).toBeLessThan(ROUNDING * Math.max(1, Math.abs(expected)));
  expect(low).toBeLessThanOrEqual(value);
  expect(high).toBeGreaterThanOrEqual(value);
}
