import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createWasmMachine, instantiate } from "../../src/engine/index.ts";
import type { ExtractedModel } from "../../src/extract/index.ts";
import { lift } from "../../src/ir/index.ts";
import {
  indexOfHighest,
  read,
  readHeader,
  readTensor,
  rowRange,
  scoresOf,
  startReading,
} from "../../src/runtime/index.ts";

/** Logits (time, vocabulary) that the transformers library computed for a text (training/parity/make-fixtures.py). */
export interface GoldenText {
  readonly tokens: readonly number[];
  /** Position index of the first token. */
  readonly position: number;
  readonly logits: readonly Float32Array[];
}

/** A model folder and the texts whose logits are known. */
export interface GoldenModel {
  readonly name: string;
  readonly folder: string;
  texts(): GoldenText[];
  /** How far logits may lie from the golden ones. */
  readonly tolerance: number;
}

/** How near the reference logits must be; 32-bit rounding stays below 1e-5 on most models. */
const TOLERANCE = 1e-4;

/**
 * Some trained models amplify rounding: the library's own 32-bit logits lie up to 2e-4 from its 64-bit ones, which are the
 * golden ones. There, three times the library's rounding is allowed: another order of summation rounds otherwise.
 */
const ROUNDING_ALLOWANCE = 3;

const FIXTURES = join(import.meta.dirname, "..", "fixtures");
const BENCHMARK = join(import.meta.dirname, "..", "..", "..", "shared", "benchmark");

/** Randomly initialised models of odd configurations, committed with their goldens. */
export const RANDOM_MODELS: readonly GoldenModel[] = foldersWithConfig(join(FIXTURES, "parity")).map((name) => {
  const folder = join(FIXTURES, "parity", name);
  return {
    name,
    folder,
    tolerance: TOLERANCE,
    texts: () => goldenTexts(folder),
  };
});

/** The texts of a folder's golden.json with the logits of its golden.safetensors. */
export function goldenTexts(folder: string): GoldenText[] {
  const { documents } = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as {
    documents: { tokens: number[]; position: number }[];
  };
  const rows = rowsOf(join(folder, "golden.safetensors"));
  return documents.map((text, index) => ({ ...text, logits: rows(`logits.${index}`) }));
}

/** The logits that the engine computes for texts. */
export function engineLogits(model: ExtractedModel): (text: GoldenText) => Float32Array[] {
  const machine = createWasmMachine();
  const program = instantiate(machine, lift(model));
  return ({ tokens, position }) =>
    machine.scope(() => {
      const reading = startReading(machine, program, tokens.length, position);
      const scores = scoresOf(machine, program, read(machine, program, reading, tokens));
      return tokens.map((_, time) => machine.values(rowRange(scores, time, 1)).slice());
    });
}

/** The task models beside the repository, where they are present: their first documents' goldens are committed. */
export const BENCHMARK_MODELS: readonly GoldenModel[] = readdirSync(join(FIXTURES, "benchmark"))
  .map((file) => file.replace(/\.safetensors$/, ""))
  .filter((name) => existsSync(join(BENCHMARK, name)))
  .map((name) => {
    const folder = join(BENCHMARK, name);
    const rows = rowsOf(join(FIXTURES, "benchmark", `${name}.safetensors`));
    return {
      name,
      folder,
      tolerance: Math.max(TOLERANCE, ROUNDING_ALLOWANCE * rows.rounding),
      texts() {
        return rows.names.map((golden) => {
          const [file, line] = golden.split(".") as [string, string];
          const lines = readFileSync(join(folder, `${file}.jsonl`), "utf8").split("\n");
          const text = JSON.parse(lines[Number(line)] as string) as { tokens: number[]; position: number };
          return { ...text, logits: rows(golden) };
        });
      },
    };
  });

/** Holds every logit to the tolerance around the golden one, and every argmax to the same token. */
export function expectGolden(
  found: readonly ArrayLike<number>[],
  golden: readonly Float32Array[],
  tolerance: number,
): void {
  expect(found.length).toBe(golden.length);
  const differences = found.map((row, time) => largestDifference(row, golden[time] as Float32Array));
  expect(Math.max(...differences)).toBeLessThan(tolerance);
  expect(found.map(indexOfHighest)).toEqual(golden.map(indexOfHighest));
}

/** The largest absolute difference between two rows of equal length; NaN where one is not a number. */
export function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  expect(one.length).toBe(other.length);
  return Array.from(one, (value, index) => Math.abs(value - (other[index] ?? NaN))).reduce((a, b) => Math.max(a, b), 0);
}

function foldersWithConfig(parent: string): string[] {
  return readdirSync(parent).filter((name) => existsSync(join(parent, name, "config.json")));
}

/** The tensors of a file as lists of rows, with the names there and the library's rounding. */
export function rowsOf(path: string) {
  const bytes = readFileSync(path);
  const header = readHeader(bytes);
  const rows = (name: string): Float32Array[] => {
    const { shape, values } = readTensor(bytes, header, name);
    const [time, width] = shape as [number, number];
    return Array.from({ length: time }, (_, index) => values.subarray(index * width, (index + 1) * width));
  };
  return Object.assign(rows, {
    names: [...header.tensors.keys()],
    rounding: Number(header.metadata.get("rounding")),
  });
}
