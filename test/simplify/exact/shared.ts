import { lift, type LiftConfig, type Program } from "../../../src/ir/index.ts";
import { randomLiftSource, randomTokens } from "../../ir/random-model.ts";
import { largestDifference, logitsOf } from "../../ir/run.ts";

/**
 * Logits of the small test models are of order one and 32-bit sums of some dozens of products err by about 1e-6:
 * what an exact pass may move is far below this, the project's own limit.
 */
export const LOGIT_TOLERANCE = 1e-4;

/** The models on which every exact pass is tried. */
export const MODELS: readonly (readonly [name: string, program: Program])[] = (
  [
    ["tied", {}],
    ["untied", { tied: false }],
    ["deep and odd", { layers: 4, heads: 3, width: 15, inner: 7, scaleByLayer: true, activation: "gelu" }],
    ["one head, rectifier", { heads: 1, tied: false, activation: "relu" }],
  ] satisfies (readonly [string, Partial<LiftConfig>])[]
).map(([name, options], seed) => [name, lift(randomLiftSource(seed, options))] as const);

/** The largest change of a logit between two programs of one vocabulary, on a random text. */
export function movedLogits(before: Program, after: Program): number {
  const tokens = randomTokens(7, 12, before.vocabulary);
  return largestDifference(logitsOf(before, tokens), logitsOf(after, tokens));
}

/** Decoded texts for a vocabulary of any size: numbers in figures and in words, months, marks, pieces of words. */
export function tokenTexts(vocabulary: number): string[] {
  const known = ["<|endoftext|>", "0", " 1", " July", "ing", " The", ".", " (", ")", "\n", " of", " two", '"', " his"];
  return Array.from({ length: vocabulary }, (_, id) => known[id] ?? ` word${id}`);
}
