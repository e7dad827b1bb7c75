import type { Activation } from "../runtime/index.ts";

/** The sizes and switches of a GPT-2 that decide what it computes. */
export interface LiftConfig {
  readonly layers: number;
  /** Heads in a layer. */
  readonly heads: number;
  /** Width of the residual stream. */
  readonly width: number;
  /** Neurons in a layer. */
  readonly inner: number;
  /** Most positions. */
  readonly context: number;
  /** Number of tokens. */
  readonly vocabulary: number;
  /** Added to the variance by every layer norm. */
  readonly epsilon: number;
  readonly activation: Activation;
  /** Scores are divided by the square root of the head width. */
  readonly scaleByHeadWidth: boolean;
  /** Scores are divided by one plus the layer's index. */
  readonly scaleByLayer: boolean;
  /** The unembedding is the token embedding. */
  readonly tied: boolean;
}

/** One tensor as the model's file has it, row by row. */
export interface LiftTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What `lift` reads: a GPT-2's config and its tensors, by Hugging Face's names without a `transformer.` prefix. */
export interface LiftSource {
  readonly config: LiftConfig;
  readonly tensors: ReadonlyMap<string, LiftTensor>;
}
