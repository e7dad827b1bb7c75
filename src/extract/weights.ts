import { join } from "node:path";
import { CompilerError } from "../errors.ts";
import { shapeText } from "../runtime/index.ts";
import { pathBeside } from "./beside.ts";
import { expectedTensors, MASK_BUFFER } from "./expected-tensors.ts";
import { isPresent, OpenFiles } from "./files.ts";
import { FORMATS, WEIGHTS_LIMIT, type StoredModel, type StoredTensor } from "./formats/index.ts";
import type { Gpt2Config, ModelTensor } from "./model.ts";

const HEAD = "lm_head.weight";
const EMBEDDING = "wte.weight";

/** Weights that are not read yet, by what their presence means. */
const OTHER_WEIGHTS: readonly (readonly [file: string, found: string])[] = [
  ["pytorch_model.bin", "a Python pickle (pytorch_model.bin)"],
  ["pytorch_model.bin.index.json", "Python pickles (pytorch_model.bin.index.json)"],
];

/**
 * Reads the tensors that the config asks for, in the order of the architecture, from whichever weights file the folder
 * has. Names, shapes and number types are checked before any tensor is read. Throws a CompilerError that names the
 * tensor.
 */
export function readWeights(folder: string, config: Gpt2Config): ReadonlyMap<string, ModelTensor> {
  const files = new OpenFiles();
  try {
    const stored = openWeights(folder, files);
    const shapes = expectedTensors(config);
    const found = foundTensors(stored, shapes, config);
    const read = new Map<string, ModelTensor>();
    for (const name of shapes.keys()) read.set(name, readFinite(stored.path, found.get(name) as StoredTensor));
    const head = config.tied ? found.get(HEAD) : undefined;
    if (head) checkTied(stored.path, readFinite(stored.path, head).values, read.get(EMBEDDING)?.values);
    return read;
  } finally {
    files.close();
  }
}

function openWeights(folder: string, files: OpenFiles): StoredModel {
  const format = FORMATS.find(([name]) => isPresent(join(folder, name)));
  if (!format) {
    const other = OTHER_WEIGHTS.find(([name]) => isPresent(join(folder, name)));
    if (other) throw CompilerError.of("weights-format", { path: folder, found: other[1] });
    throw CompilerError.of("file-missing", { path: join(folder, "model.safetensors") });
  }
  const [name, open] = format;
  const path = join(folder, name);
  return open(files.open(path, WEIGHTS_LIMIT), (beside) => files.open(pathBeside(folder, path, beside), WEIGHTS_LIMIT));
}

/** What to read, by name less "transformer."; anything else must be a mask, or the head where it is tied. */
function foundTensors(
  { path, tensors }: StoredModel,
  shapes: ReadonlyMap<string, readonly number[]>,
  config: Gpt2Config,
): ReadonlyMap<string, StoredTensor> {
  const found = new Map<string, StoredTensor>();
  for (const tensor of tensors) {
    const name = tensor.name.replace(/^transformer\./, "");
    if (MASK_BUFFER.test(name)) continue;
    const shape = name === HEAD && config.tied ? shapes.get(EMBEDDING) : shapes.get(name);
    if (!shape) throw unexpected(path, tensor.name, "that config.json does not ask for");
    if (found.has(name)) throw unexpected(path, tensor.name, 'both with and without "transformer."');
    checkEntry(path, tensor, shape);
    found.set(name, tensor);
  }
  const missing = [...shapes.keys()].find((name) => !found.has(name));
  if (missing !== undefined) throw CompilerError.of("tensor-missing", { path, tensor: missing });
  return found;
}

function checkEntry(
  path: string,
  { name: tensor, shape: found, dtype }: StoredTensor,
  expected: readonly number[],
): void {
  if (found.length !== expected.length || found.some((extent, axis) => extent !== expected[axis])) {
    throw CompilerError.of("tensor-shape", { path, tensor, found: shapeText(found), expected: shapeText(expected) });
  }
  if (!["F32", "F16", "BF16"].includes(dtype)) throw CompilerError.of("tensor-dtype", { path, tensor, dtype });
}

function readFinite(path: string, { name: tensor, shape, read }: StoredTensor): ModelTensor {
  const values = read();
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const value = values[bad] as number;
    throw CompilerError.of("tensor-not-finite", { path, tensor, index: indexText(bad, shape), value });
  }
  return { shape, values };
}

function checkTied(path: string, head: Float32Array, embedding: Float32Array | undefined): void {
  if (head.some((value, index) => value !== embedding?.[index])) throw CompilerError.of("head-untied", { path });
}

/** Where a row-major index lies, as in "[3, 17]". */
function indexText(index: number, shape: readonly number[]): string {
  const places: number[] = [];
  let rest = index;
  for (const extent of shape.toReversed()) {
    places.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return `[${places.join(", ")}]`;
}

function unexpected(path: string, tensor: string, reason: string): CompilerError {
  return CompilerError.of("tensor-unexpected", { path, tensor, reason });
}
