import { join } from "node:path";
import { CompilerError } from "../errors.ts";
import { shapeText } from "../runtime/index.ts";
import { pathBeside } from "./beside.ts";
import { expectedTensors, MASK_BUFFER } from "./expected-tensors.ts";
import { filesIn, isPresent, type OpenFiles } from "./files.ts";
import {
  countOf,
  damaged,
  openerOf,
  READABLE,
  WEIGHTS_FILES,
  WEIGHTS_LIMIT,
  type StoredModel,
  type StoredTensor,
} from "./formats/index.ts";
import type { Place } from "./locate.ts";
import type { Gpt2Config, ModelTensor } from "./model.ts";

const HEAD = "lm_head.weight";
const EMBEDDING = "wte.weight";

/** Opens the weights of a model: the file that is named, or whichever its folder has. Throws a CompilerError. */
export function openWeights(place: Place, files: OpenFiles): StoredModel | Promise<StoredModel> {
  const path = place.file ?? weightsFile(place.folder);
  const open = openerOf(path);
  if (!open) throw CompilerError.of("file-not-weights", { path });
  const file = files.open(path, WEIGHTS_LIMIT);
  return open(file, (beside) => files.open(pathBeside(place.folder, path, beside), WEIGHTS_LIMIT));
}

function weightsFile(folder: string): string {
  const name = WEIGHTS_FILES.find((file) => isPresent(join(folder, file)));
  if (name !== undefined) return join(folder, name);
  // Files of llama.cpp have names of their own.
  const own = filesIn(folder).filter((file) => file.endsWith(".gguf"));
  const [only] = own;
  if (only === undefined) throw CompilerError.of("file-missing", { path: join(folder, WEIGHTS_FILES[0]) });
  if (own.length > 1) throw CompilerError.of("weights-several", { path: folder, names: own });
  return join(folder, only);
}

/**
 * Reads the tensors that the config asks for, in the order of the architecture. Names, shapes, number types and sizes are
 * checked before any tensor is read: `bytes` is how many the open files have. Throws a CompilerError that names the
 * tensor.
 */
export function readTensors(stored: StoredModel, config: Gpt2Config, bytes: number): ReadonlyMap<string, ModelTensor> {
  const shapes = expectedTensors(config);
  const found = foundTensors(stored, shapes, config);
  const numbers = [...shapes.values()].reduce((total, shape) => total + countOf(shape), 0);
  if (numbers > bytes)
    throw damaged(stored.path, "weights file", `its tensors have ${numbers} numbers, more than it has bytes`);
  const read = new Map<string, ModelTensor>();
  for (const name of shapes.keys()) read.set(name, readFinite(stored.path, found.get(name) as StoredTensor));
  const head = config.tied ? found.get(HEAD) : undefined;
  if (head) checkTied(stored.path, readFinite(stored.path, head).values, read.get(EMBEDDING)?.values);
  return read;
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
  if (!READABLE.includes(dtype)) throw CompilerError.of("tensor-dtype", { path, tensor, dtype });
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
