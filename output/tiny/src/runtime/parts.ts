/** The parts that a model is made of, as plain data, and short functions that write them down. */
import type { Here } from "./here.ts";
import type { Activation } from "./kernels.ts";
import type { Shortcuts } from "./shortcuts.ts";
import type { Tensor } from "./tensor.ts";

/** A whole model: tokens in, next-token scores out. */
export interface Model {
  /** Most positions the model can see. */
  readonly context: number;
  readonly embed: Embed;
  readonly blocks: readonly Block[];
  readonly finalNorm: Norm;
  readonly unembed: Unembed;
  /** Where these decide, the rest has no say. */
  readonly shortcuts?: Shortcuts;
}

/** Token and position embeddings: (vocabulary, width) and (context, width). */
export interface Embed {
  readonly tokens: Tensor;
  readonly positions: Tensor;
}

/** One layer: attention, then an MLP, each adding to the residual stream. */
export interface Block {
  readonly attention: Attention;
  readonly mlp: Mlp;
}

/** Layer norm; gain and bias (width) are absent where they were folded into the matrices that follow. */
export interface Norm {
  readonly epsilon: number;
  readonly gain?: Tensor;
  readonly bias?: Tensor;
}

/** Heads that read the normed residual stream and add up, and one bias (width). */
export interface Attention {
  readonly norm: Norm;
  readonly heads: readonly Head[];
  readonly bias?: Tensor;
}

/** Where a head looks, and what it moves from there. */
export interface Head {
  /** Scores that add up before the softmax. With none, attention is even over everything so far. */
  readonly looks: readonly Look[];
  readonly moves: Move;
}

/** One term of a head's attention scores. */
export type Look = DenseLook | RuleLook;

/** A look that reads tokens and distances alone, never the residual stream. */
export type RuleLook = SinkLook | KernelLook | TokenLook | ClassLook | MatchLook;

/**
 * Scores from weights: (n Wq + b) · (n Wk + c), the scale already in the query; Wq and Wk are (width, head width),
 * b and c (head width). c moves all scores of a query alike, so that the softmax ignores it: compiled programs have none.
 */
export interface DenseLook {
  readonly kind: "dense";
  readonly query: Tensor;
  readonly queryBias: Tensor;
  readonly key: Tensor;
  readonly keyBias?: Tensor;
}

/** A score for the first token of the text alone. */
export interface SinkLook {
  readonly kind: "sink";
  readonly score: number;
}

/** Scores by distance: `steps` lists [most tokens back, score] by rising distance; the last one covers the rest. */
export interface KernelLook {
  readonly kind: "kernel";
  readonly steps: readonly (readonly [tokensBack: number, score: number])[];
}

/** Scores by the token at the key, or one before it: how attractive each token is, whatever asks. */
export interface TokenLook {
  readonly kind: "token";
  /** How many tokens before the key the token stands whose score counts: 0 for the key itself. */
  readonly back: number;
  /** (1, vocabulary) */
  readonly scores: Tensor;
}

/** Scores by the classes of two tokens, one at the query and one at the key, or near them; 0 where there is no token. */
export interface ClassLook {
  readonly kind: "classes";
  /** The class of each token (vocabulary), counted from 0. */
  readonly classes: Tensor;
  /** How many tokens before the query, and before the key, the tokens stand whose classes count. */
  readonly queryBack: number;
  readonly keyBack: number;
  /** (classes of the query, classes of the key) */
  readonly scores: Tensor;
}

/**
 * Scores for earlier repetitions: the token at the key (`keyBack` 0, a duplicate), or the one before it (1, induction),
 * equals the current one. `scores` grows with the length of the repeated text: the n-th holds from n equal tokens on,
 * the last one for all longer repetitions.
 */
export interface MatchLook {
  readonly kind: "match";
  readonly keyBack: 0 | 1;
  readonly scores: readonly number[];
}

/** What a head writes. */
export type Move = DenseMove | ConstantMove | ClassVectors | TokenVectors;

/**
 * The attended values through weights: value (width, head width), its bias (head width), output (head width, width).
 * A pattern's rows sum to one, so that the bias moves the output by a constant: compiled programs have it there.
 */
export interface DenseMove {
  readonly kind: "dense";
  readonly value: Tensor;
  readonly valueBias?: Tensor;
  readonly output: Tensor;
}

/** The same vector (width) everywhere, whatever the head looks at. */
export interface ConstantMove {
  readonly kind: "constant";
  readonly vector: Tensor;
}

/** A vector by the class of a token: of the one that is read, or of the one so many before it. Nothing where there is none. */
export interface ClassVectors {
  readonly kind: "classVectors";
  /** The class of each token (vocabulary), counted from 0. */
  readonly classes: Tensor;
  readonly back: number;
  /** (classes, width) */
  readonly vectors: Tensor;
}

/** A vector by a token: of the one that is read, or of the one so many before it. Nothing where there is none. */
export interface TokenVectors {
  readonly kind: "tokenVectors";
  readonly back: number;
  /** The group of each token (vocabulary), counted from 0: tokens of one group write the same. Without it each is its own. */
  readonly groups?: Tensor;
  /** Whether the last row is that of what stands first in the text: it writes that as well, whatever its token. */
  readonly first?: boolean;
  /** (groups, rank): how much of each direction a token writes. */
  readonly amounts: Tensor;
  /** (rank, width) */
  readonly directions: Tensor;
}

/** Parts that read the normed residual stream, or the tokens themselves, and add up. */
export interface Mlp {
  readonly norm: Norm;
  readonly parts: readonly MlpPart[];
}

/** One summand of an MLP. */
export type MlpPart = ConstantPart | AffinePart | ClassVectors | TokenVectors | RulePart | DensePart;

/** The same vector (width) everywhere. */
export interface ConstantPart {
  readonly kind: "constant";
  readonly vector: Tensor;
}

/** A linear map of the normed stream through few dimensions: n A B, with A (width, rank) and B (rank, width). */
export interface AffinePart {
  readonly kind: "affine";
  readonly input: Tensor;
  readonly output: Tensor;
}

/** A vector wherever a condition on the text holds, and nothing elsewhere. */
export interface RulePart {
  readonly kind: "rule";
  readonly when: (here: Here) => boolean;
  /** What the vector is multiplied with. */
  readonly strength: number;
  /** (width) */
  readonly writes: Tensor;
}

/** Neurons: activation(n Win + b) Wout, with Win (width, neurons), b (neurons), Wout (neurons, width). */
export interface DensePart {
  readonly kind: "dense";
  readonly input: Tensor;
  readonly bias: Tensor;
  readonly output: Tensor;
  readonly activation: Activation;
}

/** Scores of all tokens: n times the transposed token directions (vocabulary, width), plus an optional bias. */
export interface Unembed {
  readonly tokens: Tensor;
  /** The same directions as (width, vocabulary), made once when the program is loaded. */
  readonly directions: Tensor;
  readonly bias?: Tensor;
}

/** Scores for the first token of the text alone; the other scores stay as they are. */
export const sink = (score: number): SinkLook => ({ kind: "sink", score });

/** Scores by distance, as [most tokens back, score] pairs; the last pair covers everything further back. */
export const kernel = (steps: KernelLook["steps"]): KernelLook => ({ kind: "kernel", steps });

/** Scores by the key's token, or by the one `back` before it. */
export const tokenScores = (look: Omit<TokenLook, "kind">): TokenLook => ({ kind: "token", ...look });

/** Scores by the class of the query's token and the class of the key's, or of tokens that stand before them. */
export const classScores = (look: Omit<ClassLook, "kind">): ClassLook => ({ kind: "classes", ...look });

/** Scores for keys whose token equals the current one, by the length of the repeated text that ends there. */
export const sameToken = (scores: MatchLook["scores"]): MatchLook => ({ kind: "match", keyBack: 0, scores });

/** Scores for keys that followed an earlier occurrence of the current token (induction), by the length of the repetition. */
export const followsMatch = (scores: MatchLook["scores"]): MatchLook => ({ kind: "match", keyBack: 1, scores });

/** Writes a vector by the class of a token. */
export const classVectors = (part: Omit<ClassVectors, "kind">): ClassVectors => ({ kind: "classVectors", ...part });

/** Writes a vector by a token. */
export const tokenVectors = (part: Omit<TokenVectors, "kind">): TokenVectors => ({ kind: "tokenVectors", ...part });

/** Writes the same vector everywhere. */
export const constant = (vector: Tensor): ConstantMove & ConstantPart => ({ kind: "constant", vector });

/** Attention scores from opaque query and key weights. */
export const denseLook = (weights: Omit<DenseLook, "kind">): DenseLook => ({ kind: "dense", ...weights });

/** Values moved through opaque weights. */
export const denseMove = (weights: Omit<DenseMove, "kind">): DenseMove => ({ kind: "dense", ...weights });

/** A linear map through few dimensions. */
export const affine = (weights: Omit<AffinePart, "kind">): AffinePart => ({ kind: "affine", ...weights });

/** Writes a vector wherever a condition on the text holds. */
export const rule = (part: Omit<RulePart, "kind">): RulePart => ({ kind: "rule", ...part });

/** Opaque neurons. */
export const neurons = (weights: Omit<DensePart, "kind">): DensePart => ({ kind: "dense", ...weights });
