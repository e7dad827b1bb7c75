import type { Hash } from "node:crypto";
import { CompilerError } from "../errors.ts";
import {
  decodeTensor,
  LENGTH_BYTES,
  readHeader,
  readHeaderLength,
  SafetensorsError,
  shapeText,
  type SafetensorsHeader,
  type TensorEntry,
} from "../runtime/index.ts";
import { expectedTensors, MASK_BUFFER } from "./expected-tensors.ts";
import { withFile, type OpenFile } from "./files.ts";
import type { Gpt2Config, ModelTensor } from "./model.ts";

/** Largest weights file: GPT-2 XL has 6.4 GB. */
const WEIGHTS_LIMIT = 16 * 2 ** 30;

/** Bytes of an ignored tensor hashed at a time. */
const PIECE = 2 ** 24;

const HEAD = "lm_head.weight";
const EMBEDDING = "wte.weight";

/**
 * Reads the tensors that the config asks for, once through the file, and hashes all bytes on the way. Names, shapes and
 * number types are checked before any tensor is read. Throws a CompilerError that names the tensor.
 */
export function readWeights(path: string, config: Gpt2Config, hash: Hash): ReadonlyMap<string, ModelTensor> {
  return withFile(path, WEIGHTS_LIMIT, (file) => {
    const header = refused(path, () => headerOf(file, hash));
    const shapes = expectedTensors(config);
    const found = foundTensors(path, header, shapes, config);
    const read = new Map<string, ModelTensor>();
    for (const entry of header.tensors.values()) {
      const name = found.get(entry);
      if (name !== undefined) read.set(name, readFinite(file, header, entry, hash));
      else skip(file, header, entry, hash);
    }
    if (config.tied) checkTied(path, read);
    // In the order of the architecture, whatever the order in the file.
    return new Map([...shapes.keys()].map((name) => [name, read.get(name) as ModelTensor]));
  });
}

function headerOf(file: OpenFile, hash: Hash): SafetensorsHeader {
  const start = file.read(0, Math.min(LENGTH_BYTES, file.length));
  const bytes = file.read(0, LENGTH_BYTES + readHeaderLength(start, file.length));
  hash.update(bytes);
  return readHeader(bytes, file.length);
}

/** The names of all entries to read, less "transformer."; anything else must be a mask, or the head where it is tied. */
function foundTensors(
  path: string,
  header: SafetensorsHeader,
  shapes: ReadonlyMap<string, readonly number[]>,
  config: Gpt2Config,
): ReadonlyMap<TensorEntry, string> {
  const found = new Map<TensorEntry, string>();
  const names = new Set<string>();
  for (const entry of header.tensors.values()) {
    const name = entry.name.replace(/^transformer\./, "");
    if (MASK_BUFFER.test(name)) continue;
    const shape = name === HEAD && config.tied ? shapes.get(EMBEDDING) : shapes.get(name);
    if (!shape) throw unexpected(path, entry.name, "that config.json does not ask for");
    if (names.has(name)) throw unexpected(path, entry.name, 'both with and without "transformer."');
    checkEntry(path, entry, shape);
    names.add(name);
    found.set(entry, name);
  }
  const missing = [...shapes.keys()].find((name) => !names.has(name));
  if (missing !== undefined) throw CompilerError.of("tensor-missing", { path, tensor: missing });
  return found;
}

function checkEntry(
  path: string,
  { name: tensor, shape: found, dtype }: TensorEntry,
  expected: readonly number[],
): void {
  if (found.length !== expected.length || found.some((extent, axis) => extent !== expected[axis])) {
    throw CompilerError.of("tensor-shape", { path, tensor, found: shapeText(found), expected: shapeText(expected) });
  }
  if (!["F32", "F16", "BF16"].includes(dtype)) throw CompilerError.of("tensor-dtype", { path, tensor, dtype });
}

function readFinite(file: OpenFile, header: SafetensorsHeader, entry: TensorEntry, hash: Hash): ModelTensor {
  const bytes = file.read(header.dataStart + entry.begin, entry.end - entry.begin);
  hash.update(bytes);
  const tensor = refused(file.path, () => decodeTensor(bytes, entry));
  const bad = tensor.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const value = tensor.values[bad] as number;
    const index = indexText(bad, tensor.shape);
    throw CompilerError.of("tensor-not-finite", { path: file.path, tensor: entry.name, index, value });
  }
  return tensor;
}

function skip(file: OpenFile, header: SafetensorsHeader, entry: TensorEntry, hash: Hash): void {
  for (let begin = entry.begin; begin < entry.end; begin += PIECE) {
    hash.update(file.read(header.dataStart + begin, Math.min(PIECE, entry.end - begin)));
  }
}

function checkTied(path: string, read: ReadonlyMap<string, ModelTensor>): void {
  const head = read.get(HEAD)?.values;
  const embedding = read.get(EMBEDDING)?.values;
  if (head?.some((value, index) => value !== embedding?.[index])) throw CompilerError.of("head-untied", { path });
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

/** Runs a step of the format's reader; what it refuses becomes a CompilerError that names the file. */
function refused<Result>(path: string, step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    if (error instanceof SafetensorsError) throw CompilerError.of("weights-damaged", { path, reason: error.message });
    throw error;
  }
}
