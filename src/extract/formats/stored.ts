import { CompilerError } from "../../errors.ts";
import type { TokenizerData } from "../../runtime/index.ts";
import type { OpenFile } from "../files.ts";

/** A tensor that a weights file lists; nothing of its values has been read. */
export interface StoredTensor {
  /** As in transformers' files, with or without "transformer.". */
  readonly name: string;
  /** As in transformers' files: matrices of the blocks are (inputs, outputs). */
  readonly shape: readonly number[];
  /** One of READABLE, which can be read; any other name is only listed. */
  readonly dtype: string;
  /** The values, row by row, in memory of their own. Throws a CompilerError where the file does not have them. */
  readonly read: () => Float32Array;
}

/** Number types whose tensors can be read. Each takes at least one byte a number. */
export const READABLE: readonly string[] = ["F32", "F16", "BF16", "Q8_0"];

/** What a weights file holds. */
export interface StoredModel {
  readonly path: string;
  readonly tensors: readonly StoredTensor[];
  /** Settings under the names of config.json, where the file has its own. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The tokenizer of a vocabulary of that size, where the file has its own. Throws a CompilerError. */
  readonly tokenizer?: (vocabulary: number) => TokenizerData;
}

/** Opens a file that another one names, beside it or below. Throws a CompilerError where it leaves the folder. */
export type OpenBeside = (name: string) => OpenFile;

/** Reads what a weights file lists; refuses with a CompilerError what is not sound. */
export type OpenWeights = (file: OpenFile, openBeside: OpenBeside) => StoredModel | Promise<StoredModel>;

/** Largest weights file: GPT-2 XL has 6.4 GB. */
export const WEIGHTS_LIMIT = 16 * 2 ** 30;

/** Most files that a model may be spread over: a thousand shards of GPT-2 XL would have 6 MB each. */
export const SHARDS_LIMIT = 1_000;

/** A weights file that breaks its format. */
export function damaged(path: string, format: string, reason: string): CompilerError {
  return CompilerError.of("weights-damaged", { path, format, reason });
}

/** Number of values of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A matrix with its two axes exchanged; anything else as it is. */
export function transposed(tensor: StoredTensor): StoredTensor {
  const [rows, columns] = tensor.shape;
  if (rows === undefined || columns === undefined || tensor.shape.length !== 2) return tensor;
  const read = (): Float32Array => {
    const from = tensor.read();
    const to = new Float32Array(from.length);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        to[column * rows + row] = from[row * columns + column] as number;
      }
    }
    return to;
  };
  return { ...tensor, shape: [columns, rows], read };
}

/**
 * Is the head tied to the token embedding? Where the file has no settings that say so: if it has no head, or one of the
 * same numbers.
 */
export function isTied(tensors: readonly StoredTensor[]): boolean {
  const named = (wanted: string) => tensors.find(({ name }) => name.replace(/^transformer\./, "") === wanted);
  const head = named("lm_head.weight");
  const embedding = named("wte.weight");
  if (!head) return true;
  if (!embedding || head.shape.join() !== embedding.shape.join()) return false;
  if (!READABLE.includes(head.dtype) || !READABLE.includes(embedding.dtype)) return false;
  const values = embedding.read();
  return head.read().every((value, index) => value === values[index]);
}
