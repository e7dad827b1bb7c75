import type { LookNode, MlpPartNode, MoveNode, Predicate, Program } from "../ir/index.ts";
import type { Profile } from "../profile/index.ts";
import type { Surveyed } from "./surveyed.ts";

/** A change to a program, as data: what it touches and what comes in its place. */
export type Replacement = NeuronsReplacement | RuleReplacement | ColumnsReplacement | HeadReplacement | MlpReplacement;

/** Neurons of a block that always take their mean; their writes join the MLP's constant. */
export interface NeuronsReplacement {
  readonly kind: "neurons";
  readonly block: number;
  /** [index in the original model, the activation it takes] */
  readonly means: readonly (readonly [neuron: number, mean: number])[];
}

/** Columns of a head's queries and keys, or of the values that it moves, that always take a constant. */
export interface ColumnsReplacement {
  readonly kind: "columns";
  readonly block: number;
  readonly head: number;
  /** A query that is left out leaves nothing; the write of a moved value joins the attention's bias. */
  readonly part: "looks" | "moves";
  readonly constants: readonly (readonly [column: number, constant: number])[];
}

/** Neurons of a block that take one of two values, by a condition on the text; a rule and the MLP's constant write in their place. */
export interface RuleReplacement {
  readonly kind: "rule";
  readonly block: number;
  readonly when: Predicate;
  /** [index in the original model, the activation where the condition does not hold, and where it does] */
  readonly levels: readonly (readonly [neuron: number, otherwise: number, when: number])[];
  readonly proposer: string;
}

/** A head with another way to look, another thing to move, or both. */
export interface HeadReplacement {
  readonly kind: "head";
  readonly block: number;
  readonly head: number;
  readonly looks?: readonly LookNode[];
  readonly moves?: MoveNode;
  /** What joins the attention's bias with it (width). */
  readonly bias?: Float32Array;
  /** Values of the tensors that the new nodes name. */
  readonly tensors: readonly (readonly [name: string, values: Float32Array])[];
}

/** Other parts in place of all that an MLP has. */
export interface MlpReplacement {
  readonly kind: "mlp";
  readonly block: number;
  readonly parts: readonly MlpPartNode[];
  /** Values of the tensors that the new parts name. */
  readonly tensors: readonly (readonly [name: string, values: Float32Array])[];
}

/** What a proposer offers; it decides nothing. */
export interface Candidate {
  /** Id of the head or neuron that it would replace. */
  readonly site: string;
  readonly proposer: string;
  readonly replacement: Replacement;
  /** Bits of opaque tensors that go, less the bits of what comes. */
  readonly bitsSaved: number;
  /** Whether weights of its head that nothing explains stay. */
  readonly leavesWeights?: boolean;
  /** What those bits weigh against others' when candidates are ranked; 1 where it says nothing. */
  readonly weight?: number;
  /** Predicted KL(original || program) per scored position, in nats. */
  readonly predictedKl: number;
  /** What it may well cost instead, where the prediction rests on little: candidates are ranked and batched by this. */
  readonly cautiousKl: number;
  /** Share of what the site writes on held-out text that the rule foresees, where that was measured. */
  readonly explained?: number;
  /** One sentence with the numbers that speak for it. */
  readonly evidence: string;
}

/** A lossy pass: looks at a program, the original's profile and what was priced in the program, and offers candidates. */
export interface Proposer {
  readonly name: string;
  propose(program: Program, profile: Profile, surveyed: Surveyed): Candidate[];
}

/** Bits of one remaining weight when candidates are compared: close to the entropy of plain 8-bit quantisation. */
export const BITS_PER_PARAMETER = 8;

/**
 * What bits weigh that rules for a head take the place of, by the share of what the head writes that they foresee: rules say
 * what it does, where a constant says no more than that it does not matter.
 */
export const ruleWeight = (explained: number): number => RULE_WEIGHT * Math.max(0, explained);

const RULE_WEIGHT = 6;

/** Bits of one character of source, as a rule is written. */
export const BITS_PER_CHARACTER = 8;
