import type { LiftConfig, LiftSource, LiftTensor } from "../ir/index.ts";
import type { TokenizerData } from "../runtime/index.ts";

/** What config.json says, as far as it decides what the model computes. */
export type Gpt2Config = LiftConfig;

/** A tensor's shape and its values, row by row. */
export type ModelTensor = LiftTensor;

/** A task that a model was trained for: its own documents, and what counts as its answer. */
export interface Task {
  /** The model's folder, an absolute path. */
  readonly folder: string;
  /** The answer is the highest logit, or the set of tokens whose logit is above 0. */
  readonly decision: "argmax" | "positive";
  /** Absolute path of the documents to fit on. */
  readonly calibrate: string;
  /** Absolute path of the documents to choose on. */
  readonly select: string;
  /** Absolute path of the documents to report on. */
  readonly test: string;
}

/** A model as it was stored, checked. */
export interface ExtractedModel extends LiftSource {
  /** The folder's name, or the repository's for a snapshot of the Hugging Face cache, in lower case, with only a-z, 0-9, "-", "_" and "." in it. */
  readonly id: string;
  /** SHA-256, in hexadecimal, over config, tokenizer and weights as they were read, whatever files they came in. */
  readonly sha256: string;
  /** Number of weights; a tied head is counted once. */
  readonly parameters: number;
  readonly config: Gpt2Config;
  /** By Hugging Face's names without "transformer."; "lm_head.weight" only where the head is not tied. */
  readonly tensors: ReadonlyMap<string, ModelTensor>;
  /** As many entries as the vocabulary; ids without a name have the empty string. */
  readonly tokenizer: TokenizerData;
  /** Only for a folder with a task.json. */
  readonly task?: Task;
}
