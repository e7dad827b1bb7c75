import type { Predicate, Source } from "../ir/index.ts";
import type { KernelLook, MatchLook, SinkLook } from "../runtime/index.ts";

/** A place in the text where something fired strongly, with the tokens around it. */
export interface FiringContext {
  /** Up to sixteen tokens before. */
  readonly before: readonly number[];
  readonly token: number;
  /** Up to five tokens after. */
  readonly after: readonly number[];
  /** A neuron's activation; for a head, the norm of its output less its mean. */
  readonly value: number;
  /** Heads: index into `before` followed by `token` of the most attended key, where it lies that near. */
  readonly lookedAt?: number;
  /** Heads: the most attended token, where it lies further back. */
  readonly lookedFar?: number;
}

/** The offset kernel with a sink that is nearest to a head's attention. */
export interface KernelFit {
  readonly rule: KernelLook;
  readonly sink: SinkLook;
  /** Nats a scored position when the head looks by the rule and moves what it moved. */
  readonly predictedKl: number;
  /**
   * Share of what the head writes on held-out text that the rule foresees: R^2 = 1 - sum |written - by the rule|^2 /
   * sum |written - calibration mean|^2. 1 is all of it, below 0 worse than the mean; 0 where the head never varies.
   */
  readonly explained: number;
}

/** The same with scores for repetitions besides. */
export interface MatchFit extends KernelFit {
  /** For duplicates, for what followed the same token, or both. */
  readonly matches: readonly MatchLook[];
}

/** One term of a head's scores: what a source of the query finds in a source of the key. */
export interface PathTerm {
  readonly query: Source;
  readonly key: Source;
  /**
   * Share of the variance of the head's scores over the keys of a query, weighted by its attention: the term's covariance
   * with the whole score. Shares of all terms add up to 1; a term that works against the others has one below 0.
   */
  readonly share: number;
}

/** The strongest terms of a head's scores, and how far they go. */
export interface PathEvidence {
  /** At most five, by falling magnitude of their shares. */
  readonly terms: readonly PathTerm[];
  /** R^2 on held-out text, as of a KernelFit, of the head when its scores are these terms alone. */
  readonly explained: number;
}

/** A table that gives what an MLP writes from one token alone: what it wrote there on average, or the overall mean. */
export interface TokenTableFit {
  /** The token that the table is looked up by: the one that is read, or the one before it. */
  readonly by: "current token" | "previous token";
  /** R^2 on held-out text, as of a KernelFit. The better one of both tables is the one that is here. */
  readonly explained: number;
  /** Tokens that calibration text has, each with a row of the table. */
  readonly tokens: number;
}

/** What a head does on the calibration text, and how well a rule describes it on held-out text. */
export interface HeadProfile {
  readonly site: string;
  /** Mean output over all positions (width). */
  readonly mean: readonly number[];
  /** Predicted KL, in nats a scored position, of writing the mean everywhere. */
  readonly price: number;
  /** Mean shares of attention on the first token, the token itself, the previous one, and the last 12 (itself included). */
  readonly attention: {
    readonly first: number;
    readonly self: number;
    readonly previous: number;
    readonly within12: number;
  };
  /** Absent where the head does not look by weights. */
  readonly kernelFit?: KernelFit;
  /** Only where the head attends to repetitions far more than distance alone foresees. */
  readonly matchFit?: MatchFit;
  /** Absent where the head does not look by weights alone, where its scores do not vary, and where it was not measured. */
  readonly paths?: PathEvidence;
  /** The three places in different documents where the output is farthest from its mean. */
  readonly contexts: readonly FiringContext[];
  /** Tokens that the output less its mean raises most directly at the strongest context. */
  readonly raises: readonly number[];
  readonly lowers: readonly number[];
}

/** What a neuron does on the calibration text. */
export interface NeuronProfile {
  /** Mean and standard deviation of the activation over all positions. */
  readonly mean: number;
  readonly deviation: number;
  /** Share of positions with an activation above 0.1. */
  readonly active: number;
  /** Predicted KL, in nats a scored position, of holding the activation at its mean. */
  readonly price: number;
  /** Standard error of the price: large where the neuron fires seldom. */
  readonly priceError: number;
  /**
   * R^2 on held-out text of the activation as a table of the current token; below 0 where that is worse than the mean.
   * Absent where the table would be too large.
   */
  readonly explainedByToken?: number;
  readonly contexts: readonly FiringContext[];
  /** Tokens that the neuron's output weights raise and lower most directly. */
  readonly raises: readonly number[];
  readonly lowers: readonly number[];
}

/** A condition on the text that decides between two activations of each of some neurons. */
export interface RuleFit {
  readonly when: Predicate;
  /** [index in the original model, its mean where the condition does not hold, and where it does] */
  readonly levels: readonly (readonly [neuron: number, otherwise: number, when: number])[];
  /** R^2 on held-out text, as of a KernelFit, of what the neurons write together; groups that write alike are added up. */
  readonly explained: number;
  /** Share of positions where the condition holds. */
  readonly holds: number;
}

/** What an MLP does on the calibration text. */
export interface MlpProfile {
  readonly site: string;
  /** Predicted KL, in nats a scored position, of writing the mean everywhere. */
  readonly price: number;
  /** Mean output over all positions (width). */
  readonly mean: readonly number[];
  /** Absent where there was no held-out text. */
  readonly tokenTable?: TokenTableFit;
  /** Rules that explain at least half of their neurons on the text they were searched on; absent where none was searched. */
  readonly rules?: readonly RuleFit[];
  /** Neurons of the dense parts, in the order of the parts. */
  readonly neurons: readonly NeuronProfile[];
}

/** Statistics and prices of every head and neuron. Plain JSON. */
export interface Profile {
  readonly documents: number;
  /** Scored positions. */
  readonly positions: number;
  readonly heads: readonly (readonly HeadProfile[])[];
  readonly mlps: readonly MlpProfile[];
}
