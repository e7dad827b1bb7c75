import type { Decision } from "../text/index.ts";

/** How one row of a program's scores differs from the original's. */
export interface RowComparison {
  readonly flip: boolean;
  /**
   * How sure the original is, in nats: its highest score less the second highest, or, where the answer is the set of
   * positive tokens, the smallest distance of any score from 0.
   */
  readonly margin: number;
  /** KL(original || program) in nats; for "positive" the sum of the tokens' binary KLs. */
  readonly kl: number;
}

/** Margin in nats from which on the original counts as confident; below it, answers flip at the slightest touch. */
export const CONFIDENT_MARGIN = 0.3;

/** Compares two rows of scores (vocabulary) at one position. */
export function compareRows(decision: Decision, original: Float32Array, program: Float32Array): RowComparison {
  return decision === "argmax" ? compareHighest(original, program) : comparePositive(original, program);
}

function compareHighest(original: Float32Array, program: Float32Array): RowComparison {
  const [highest, margin] = highestAndMargin(original);
  const [programHighest] = highestAndMargin(program);
  const normaliser = logSumExp(original, original[highest] as number);
  const programNormaliser = logSumExp(program, program[programHighest] as number);
  let kl = 0;
  for (let token = 0; token < original.length; token++) {
    const log = (original[token] as number) - normaliser;
    kl += divergence(log, (program[token] as number) - programNormaliser);
  }
  return { flip: highest !== programHighest, margin, kl };
}

function comparePositive(original: Float32Array, program: Float32Array): RowComparison {
  let flip = false;
  let margin = Infinity;
  let kl = 0;
  for (let token = 0; token < original.length; token++) {
    const before = original[token] as number;
    const after = program[token] as number;
    if (before > 0 !== after > 0) flip = true;
    margin = Math.min(margin, Math.abs(before));
    kl += divergence(logSigmoid(before), logSigmoid(after)) + divergence(logSigmoid(-before), logSigmoid(-after));
  }
  return { flip, margin, kl };
}

/**
 * One outcome's share of a KL from its two log-probabilities: p log(p/q) - p + q. The last two terms cancel over all
 * outcomes; with them no share is below 0, so that rounding cannot make a KL negative.
 */
function divergence(log: number, programLog: number): number {
  const probability = Math.exp(log);
  const change = programLog - log;
  if (Math.abs(change) < 1) return probability * (Math.expm1(change) - change);
  return Math.exp(programLog) - probability - (probability === 0 ? 0 : probability * change);
}

/** Index of the highest score, the lowest index among equals, and its lead over the second highest. */
function highestAndMargin(scores: Float32Array): [index: number, margin: number] {
  let best = 0;
  let second = -Infinity;
  for (let index = 1; index < scores.length; index++) {
    const score = scores[index] as number;
    if (score > (scores[best] as number)) {
      second = scores[best] as number;
      best = index;
    } else if (score > second) {
      second = score;
    }
  }
  return [best, (scores[best] as number) - second];
}

function logSumExp(scores: Float32Array, highest: number): number {
  let sum = 0;
  for (let index = 0; index < scores.length; index++) sum += Math.exp((scores[index] as number) - highest);
  return highest + Math.log(sum);
}

function logSigmoid(x: number): number {
  return x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x));
}
