import type { Activation, KernelLook, MatchLook, Shortcut, SinkLook } from "../runtime/index.ts";
import type { Predicate } from "./predicates.ts";
import type { TensorHandle, TensorStore } from "./tensors.ts";

/** Where a node comes from: tensors of the model, the slice of them, and the passes that touched it. */
export interface Origin {
  /** Tensor names as in the model's files, without a `transformer.` prefix; empty for what a pass made up. */
  readonly tensors: readonly string[];
  /** The part of the first of those tensors, such as "columns 32-63", where it is not all. */
  readonly slice?: string;
  /** Names of the passes that changed the node, in order. */
  readonly passes: readonly string[];
}

/** What every node has: an id in model order, the shape of what it computes, and its origin. */
export interface NodeBase {
  readonly id: string;
  /** "time" stands for the number of tokens. */
  readonly shape: readonly (number | "time")[];
  readonly origin: Origin;
}

/** A GPT-2 as a tree of operations; every change makes a new Program. */
export interface Program extends NodeBase {
  readonly kind: "program";
  /** Most positions. */
  readonly context: number;
  /** Number of tokens in the vocabulary. */
  readonly vocabulary: number;
  /** Width of the residual stream. */
  readonly width: number;
  readonly embed: EmbedNode;
  readonly blocks: readonly BlockNode[];
  readonly finalNorm: NormNode;
  readonly unembed: UnembedNode;
  /** The one partition of the vocabulary that rules speak of by class; absent where no rule does. */
  readonly tokenClasses?: TokenClassesNode;
  /** Rules that decide the next token by the last ones, before the rest runs; absent where there are none. */
  readonly shortcuts?: ShortcutsNode;
  /** Named groups of tokens that the emitted source can speak of. */
  readonly tokenSets: readonly TokenSetNode[];
  /** The values behind the handles. */
  readonly tensors: TensorStore;
}

export interface EmbedNode extends NodeBase {
  readonly kind: "embed";
  /** (vocabulary, width) */
  readonly tokens: TensorHandle;
  /** (context, width), or (knots, width) where positions are on straight lines between knots. */
  readonly positions: TensorHandle;
  /** The positions of the knots, rising from 0 to context - 1. */
  readonly knots?: readonly number[];
}

/** A partition of the vocabulary. */
export interface TokenClassesNode extends NodeBase {
  readonly kind: "tokenClasses";
  /** The class of each token (vocabulary), whole numbers from 0. */
  readonly classes: TensorHandle;
  /** UPPER_CASE identifiers of the classes, in their order. */
  readonly names: readonly string[];
}

/** Most tokens that a shortcut reads. */
export const LONGEST_SHORTCUT = 4;

/** What the last one to four tokens decide; of several shortcuts that hold, the one with the longest context does. */
export interface ShortcutsNode extends NodeBase {
  readonly kind: "shortcuts";
  /** In the order in which a reader should meet them. */
  readonly rules: readonly Shortcut[];
  /** On text that no shortcut was found on. */
  readonly heldOut: {
    /** Share of positions that a shortcut decides. */
    readonly decided: number;
    /** Share of those where the original decides the same. */
    readonly precision: number;
  };
}

export interface BlockNode extends NodeBase {
  readonly kind: "block";
  readonly attention: AttentionNode;
  readonly mlp: MlpNode;
}

export interface NormNode extends NodeBase {
  readonly kind: "norm";
  readonly epsilon: number;
  /** (width); gain and bias are both present or both absent. */
  readonly gain?: TensorHandle;
  readonly bias?: TensorHandle;
}

export interface AttentionNode extends NodeBase {
  readonly kind: "attention";
  readonly norm: NormNode;
  readonly heads: readonly HeadNode[];
  /** (width) */
  readonly bias?: TensorHandle;
}

export interface HeadNode extends NodeBase {
  readonly kind: "head";
  /** Scores that add up before the softmax; none means even attention. At most one is dense. */
  readonly looks: readonly LookNode[];
  readonly moves: MoveNode;
}

export type LookNode = DenseLookNode | RuleLookNode;

/** A look that reads tokens and distances alone. */
export type RuleLookNode = SinkLookNode | KernelLookNode | TokenLookNode | ClassLookNode | MatchLookNode;

/** Scores (n Wq + b) · (n Wk + c), the scale folded into Wq and b: n is the normed stream (time, width). */
export interface DenseLookNode extends NodeBase {
  readonly kind: "denseLook";
  /** (width, head width) */
  readonly query: TensorHandle;
  /** (head width) */
  readonly queryBias: TensorHandle;
  /** (width, head width) */
  readonly key: TensorHandle;
  /** (head width); the softmax ignores it, and an exact pass drops it. */
  readonly keyBias?: TensorHandle;
  /** The exact expansion of the score, once written out. */
  readonly paths?: ScorePaths;
}

export interface SinkLookNode extends NodeBase {
  readonly kind: "sinkLook";
  readonly rule: SinkLook;
}

export interface KernelLookNode extends NodeBase {
  readonly kind: "kernelLook";
  readonly rule: KernelLook;
}

/** See TokenLook of the runtime. */
export interface TokenLookNode extends NodeBase {
  readonly kind: "tokenLook";
  readonly back: number;
  /** (1, vocabulary) */
  readonly scores: TensorHandle;
}

/** See ClassLook of the runtime; the classes are the program's. */
export interface ClassLookNode extends NodeBase {
  readonly kind: "classLook";
  readonly queryBack: number;
  readonly keyBack: number;
  /** (classes, classes) */
  readonly scores: TensorHandle;
}

export interface MatchLookNode extends NodeBase {
  readonly kind: "matchLook";
  readonly rule: MatchLook;
}

export type MoveNode = DenseMoveNode | ConstantMoveNode | ClassVectorsNode | TokenVectorsNode;

export interface DenseMoveNode extends NodeBase {
  readonly kind: "denseMove";
  /** (width, head width) */
  readonly value: TensorHandle;
  /** (head width); an exact pass moves it into the attention's bias. */
  readonly valueBias?: TensorHandle;
  /** (head width, width) */
  readonly output: TensorHandle;
  /** What a moved value is a sum over, once written out. */
  readonly reads?: readonly Source[];
}

export interface ConstantMoveNode extends NodeBase {
  readonly kind: "constantMove";
  /** (width) */
  readonly vector: TensorHandle;
}

export interface MlpNode extends NodeBase {
  readonly kind: "mlp";
  readonly norm: NormNode;
  readonly parts: readonly MlpPartNode[];
}

export type MlpPartNode =
  ConstantPartNode | AffinePartNode | ClassVectorsNode | TokenVectorsNode | RulePartNode | DensePartNode;

/** See ClassVectors of the runtime; the classes are the program's. */
export interface ClassVectorsNode extends NodeBase {
  readonly kind: "classVectors";
  readonly back: number;
  /** (classes, width) */
  readonly vectors: TensorHandle;
}

/** See TokenVectors of the runtime. */
export interface TokenVectorsNode extends NodeBase {
  readonly kind: "tokenVectors";
  readonly back: number;
  /** (vocabulary) */
  readonly groups?: TensorHandle;
  readonly first?: true;
  /** (groups, rank) */
  readonly amounts: TensorHandle;
  /** (rank, width) */
  readonly directions: TensorHandle;
}

export interface AffinePartNode extends NodeBase {
  readonly kind: "affinePart";
  /** (width, rank) */
  readonly input: TensorHandle;
  /** (rank, width) */
  readonly output: TensorHandle;
  readonly reads?: readonly Source[];
}

export interface ConstantPartNode extends NodeBase {
  readonly kind: "constantPart";
  /** (width) */
  readonly vector: TensorHandle;
}

/** See RulePart of the runtime. */
export interface RulePartNode extends NodeBase {
  readonly kind: "rulePart";
  readonly when: Predicate;
  readonly strength: number;
  /** (width) */
  readonly writes: TensorHandle;
  /** Indices, in the original model, of the neurons that the rule stands for. */
  readonly neurons: readonly number[];
}

export interface DensePartNode extends NodeBase {
  readonly kind: "densePart";
  /** (width, neurons) */
  readonly input: TensorHandle;
  /** (neurons) */
  readonly bias: TensorHandle;
  /** (neurons, width) */
  readonly output: TensorHandle;
  readonly activation: Activation;
  /** Index of each neuron in the original model, in this part's order. */
  readonly neurons: readonly number[];
  readonly reads?: readonly Source[];
}

export interface UnembedNode extends NodeBase {
  readonly kind: "unembed";
  /** (vocabulary, width); the same handle as the embedding's where the head is tied. */
  readonly tokens: TensorHandle;
  /** (vocabulary) */
  readonly bias?: TensorHandle;
  readonly reads?: readonly Source[];
}

/**
 * Something that wrote to the residual stream: "token", "position", "constant" (all biases and constants before this
 * point, the reader's own bias included), or the id of an earlier head or MLP.
 */
export type Source = string;

/**
 * The terms of a head's score, with the layer norms' scales taken as given: one for every pair of a source that the
 * query reads from and a source that the key offers. The pairs are the product of the two lists.
 */
export interface ScorePaths {
  readonly query: readonly Source[];
  readonly key: readonly Source[];
}

/** A named set of tokens, by a pattern over their decoded text. */
export interface TokenSetNode extends NodeBase {
  readonly kind: "tokenSet";
  /** An UPPER_CASE identifier. */
  readonly name: string;
  readonly description: string;
  /** Source of a regular expression that matches exactly the set's decoded tokens, flags "u". */
  readonly pattern: string;
  /** Ids of the tokens that match, in rising order, and how many they are. */
  readonly tokens: readonly number[];
  readonly size: number;
}

/** Any node of the tree. */
export type Node =
  | Program
  | EmbedNode
  | BlockNode
  | NormNode
  | AttentionNode
  | HeadNode
  | LookNode
  | MoveNode
  | MlpNode
  | MlpPartNode
  | UnembedNode
  | TokenClassesNode
  | ShortcutsNode
  | TokenSetNode;

/** A node of one kind. */
export type NodeOf<Kind extends Node["kind"]> = Extract<Node, { readonly kind: Kind }>;

/** "block03" */
export const blockId = (block: number): string => `block${String(block).padStart(2, "0")}`;

/** "block03.head01" */
export const headId = (block: number, head: number): string => `${blockId(block)}.head${String(head).padStart(2, "0")}`;

/** "block03.mlp" */
export const mlpId = (block: number): string => `${blockId(block)}.mlp`;
