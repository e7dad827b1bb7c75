/** A stretch of tokens that a model reads at once. */
export interface TokenDocument {
  /** The document it was cut from: stretches of one document share it and are resampled together by a bootstrap. */
  readonly id: string;
  readonly domain: string;
  /** At least one token. */
  readonly tokens: readonly number[];
  /** Position index of the first token. */
  readonly position: number;
  /** Indices into `tokens`, ascending: the places whose output counts. */
  readonly scored: readonly number[];
}

/** How a model's scores become an answer: the highest one, or every token whose score is above 0. */
export type Decision = "argmax" | "positive";

/** Documents that come with a model: absolute paths of JSON lines. */
export interface TaskFiles {
  readonly decision: Decision;
  readonly calibrate: string;
  readonly select: string;
  readonly test: string;
}

/** Where text comes from. */
export type TextSource =
  /** The installed data packages. */
  | { readonly kind: "default" }
  /** A file or folder of UTF-8 text. */
  | { readonly kind: "path"; readonly path: string }
  /** A model's own documents. */
  | { readonly kind: "task"; readonly task: TaskFiles }
  /** What a model wrote itself. */
  | { readonly kind: "samples"; readonly documents: readonly TokenDocument[] };

/** What text needs to know of a tokenizer. */
export interface TextTokenizer {
  /** How many tokens there are. */
  readonly size: number;
  /** The text's token ids. Throws a RangeError on text that the tokenizer has no tokens for. */
  encode(text: string): number[];
}

/** About how many scored positions are read of each split. */
export type PositionLimits = Readonly<Partial<Record<"calibrate" | "select" | "test", number>>>;
