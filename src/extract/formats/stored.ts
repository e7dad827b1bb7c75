import { CompilerError } from "../../errors.ts";
import type { OpenFile } from "../files.ts";

/** A tensor that a weights file lists; nothing of its values has been read. */
export interface StoredTensor {
  /** As in transformers' files, with or without "transformer.". */
  readonly name: string;
  /** As in transformers' files: matrices of the blocks are (inputs, outputs). */
  readonly shape: readonly number[];
  /** "F32", "F16" or "BF16", which can be read; any other name is only listed. */
  readonly dtype: string;
  /** The values, row by row, in memory of their own. Throws a CompilerError where the file does not have them. */
  readonly read: () => Float32Array;
}

/** What a weights file holds. */
export interface StoredModel {
  readonly path: string;
  readonly tensors: readonly StoredTensor[];
}

/** Opens a file that another one names, beside it or below. Throws a CompilerError where it leaves the folder. */
export type OpenBeside = (name: string) => OpenFile;

/** Reads what a weights file lists; refuses with a CompilerError what is not sound. */
export type OpenWeights = (file: OpenFile, openBeside: OpenBeside) => StoredModel;

/** Largest weights file: GPT-2 XL has 6.4 GB. */
export const WEIGHTS_LIMIT = 16 * 2 ** 30;

/** Most files that a model may be spread over: a thousand shards of GPT-2 XL would have 6 MB each. */
export const SHARDS_LIMIT = 1_000;

/** A weights file that breaks its format. */
export function damaged(path: string, format: string, reason: string): CompilerError {
  return CompilerError.of("weights-damaged", { path, format, reason });
}
