import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ExtractedModel } from "../../src/extract/index.ts";
import { mapHeads, type LiftConfig, type Origin, type Program } from "../../src/ir/index.ts";
import type { TokenizerData } from "../../src/runtime/index.ts";
import { scorePackage, type ScoreOptions } from "../../src/score/index.ts";
import { splitOf } from "../../src/text/document.ts";
import type { TextSource, TokenDocument } from "../../src/text/index.ts";
import { randomLiftSource, randomTokens } from "../ir/random-model.ts";

const VOCABULARY = 20;
const CONTEXT = 64;
const MADE_UP: Origin = { tensors: [], passes: ["test"] };

/** Nineteen letters and a space, so that what a model writes has words. */
const letters: TokenizerData = {
  kind: "bytePairs",
  tokens: Array.from("abcdefghijklmnopqrsĠ"),
  merges: [],
  special: [],
};

/** A small model with random weights and a tokenizer. */
export function randomModel(seed: number, sizes: Partial<LiftConfig> = {}): ExtractedModel {
  const { config, tensors } = randomLiftSource(seed, { vocabulary: VOCABULARY, context: CONTEXT, ...sizes });
  const parameters = [...tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
  return { id: "random", sha256: "0".repeat(64), parameters, config, tensors, tokenizer: letters };
}

/** Random documents of two domains in every split. */
export function randomDocuments(seed: number): TokenDocument[] {
  return Array.from({ length: 120 }, (_, index): TokenDocument => {
    const tokens = randomTokens(seed * 1000 + index, 40, VOCABULARY);
    return {
      id: `d${index}`,
      domain: index % 2 ? "odd" : "even",
      tokens,
      position: 0,
      scored: tokens.map((_t, t) => t),
    };
  });
}

/** The documents that a source of samples keeps for the report. */
export function testDocuments(documents: readonly TokenDocument[]): TokenDocument[] {
  return documents.filter(({ id }) => splitOf(id) === "test");
}

/** The program with one head's scores given by distance, and one head and some MLP output constant. */
export function withRules(program: Program): Program {
  const vector = { name: "made.constant", shape: [program.width], origin: MADE_UP };
  const values = Float32Array.from({ length: program.width }, (_, index) => 0.1 * (index - 3));
  const changed = mapHeads(program, (head) => {
    const base = { id: `${head.id}.rule`, shape: head.shape, origin: MADE_UP };
    if (head.id === "block00.head00") {
      const steps = [
        [0, 1],
        [2, 0.25],
        [3, -1],
      ] as const;
      return {
        ...head,
        looks: [
          { ...base, kind: "sinkLook", rule: { kind: "sink", score: 0.5 } },
          { ...base, kind: "kernelLook", rule: { kind: "kernel", steps } },
        ],
      };
    }
    return head.id === "block01.head01"
      ? { ...head, looks: [], moves: { ...base, kind: "constantMove", vector } }
      : head;
  });
  return { ...changed, tensors: changed.tensors.with([[vector.name, values]]) };
}

/** A new folder that lasts as long as the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "weights2ts-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Scores a package with everything that a test does not care about filled in. */
export function score(options: Pick<ScoreOptions, "folder" | "model" | "source"> & Partial<ScoreOptions>) {
  return scorePackage({ budget: { metric: "flips", limit: 0.01 }, seed: 1, workers: 1, ...options });
}

/** The documents as a source of text. */
export function samples(documents: readonly TokenDocument[]): TextSource {
  return { kind: "samples", documents };
}
