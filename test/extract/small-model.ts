import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { CompilerError, type ErrorCode } from "../../src/errors.ts";
import { loadModel } from "../../src/extract/index.ts";
import { writeSafetensors } from "../../src/runtime/index.ts";

/** config.json of the smallest model that has every kind of tensor. */
export const SMALL_CONFIG: Readonly<Record<string, unknown>> = {
  model_type: "gpt2",
  n_layer: 1,
  n_head: 2,
  n_embd: 4,
  n_inner: 6,
  n_positions: 3,
  vocab_size: 5,
};

const SHAPES: readonly (readonly [name: string, shape: readonly number[]])[] = [
  ["wte.weight", [5, 4]],
  ["wpe.weight", [3, 4]],
  ["h.0.ln_1.weight", [4]],
  ["h.0.ln_1.bias", [4]],
  ["h.0.attn.c_attn.weight", [4, 12]],
  ["h.0.attn.c_attn.bias", [12]],
  ["h.0.attn.c_proj.weight", [4, 4]],
  ["h.0.attn.c_proj.bias", [4]],
  ["h.0.ln_2.weight", [4]],
  ["h.0.ln_2.bias", [4]],
  ["h.0.mlp.c_fc.weight", [4, 6]],
  ["h.0.mlp.c_fc.bias", [6]],
  ["h.0.mlp.c_proj.weight", [6, 4]],
  ["h.0.mlp.c_proj.bias", [4]],
  ["ln_f.weight", [4]],
  ["ln_f.bias", [4]],
];

/** Number of its weights. */
export const SMALL_PARAMETERS = SHAPES.reduce((total, [, shape]) => total + count(shape), 0);

/** A tensor to be written. */
export interface NamedTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/** The tensors of the small model; every value is another one. */
export function smallTensors(): NamedTensor[] {
  let next = 0;
  return SHAPES.map(([name, shape]) => ({
    name,
    shape,
    values: Float32Array.from({ length: count(shape) }, () => next++ / 64),
  }));
}

/** Files by name; one that is undefined is left out. */
export type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

function smallFiles(changes: Files): Files {
  return {
    "config.json": JSON.stringify(SMALL_CONFIG),
    "model.safetensors": writeSafetensors(smallTensors()),
    "vocab.json": JSON.stringify({ a: 0, b: 1, c: 2, d: 3, e: 4 }),
    ...changes,
  };
}

/** Writes the small model, changed, to a folder of its own, which is removed after the tests. */
export function smallModel(changes: Files = {}, name = "small"): string {
  const folder = join(temporary(), name);
  mkdirSync(folder);
  for (const [file, contents] of Object.entries(smallFiles(changes))) {
    if (contents !== undefined) writeFileSync(join(folder, file), contents);
  }
  return folder;
}

const created: string[] = [];
afterAll(() => created.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A new empty folder, removed after the tests. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "weights2ts-extract-"));
  created.push(folder);
  return folder;
}

/** Demands that a reference is refused with a code, in a message that contains all of `mentions`. */
export async function expectRefusal(reference: string, code: ErrorCode, ...mentions: string[]): Promise<void> {
  let caught: unknown;
  try {
    await loadModel(reference);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(CompilerError);
  const { code: found, message, fix, exitCode } = caught as CompilerError;
  expect([found, message]).toEqual([code, message]);
  expect(exitCode).toBe(2);
  for (const mention of mentions) expect(message).toContain(mention);
  for (const sentence of [message, fix]) expect(sentence).toMatch(/^\S[^\n]*\.$/);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
