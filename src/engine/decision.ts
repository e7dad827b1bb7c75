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

/**
 * KL(original || changed) in nats, summed over rows of scores (vocabulary), for many changes of one original: what depends on
 * the original alone is worked out once.
 */
export function klFrom(
  decision: Decision,
  original: Float32Array,
  vocabulary: number,
): (changed: Float32Array) => number {
  const sumOverRows = (of: (start: number) => number): number => {
    let sum = 0;
    for (let start = 0; start < original.length; start += vocabulary) sum += Math.max(0, of(start));
    return sum;
  };
  if (decision === "positive") {
    return (changed) =>
      sumOverRows((start) => {
        const end = start + vocabulary;
        return comparePositive(original.subarray(start, end), changed.subarray(start, end)).kl;
      });
  }
  const probabilities = new Float32Array(original.length);
  const logSums: number[] = [];
  for (let start = 0; start < original.length; start += vocabulary) {
    const logSum = logSumExp(original, start, vocabulary);
    for (let index = start; index < start + vocabulary; index++) {
      probabilities[index] = Math.exp((original[index] as number) - logSum);
    }
    logSums.push(logSum);
  }
  return (changed) =>
    sumOverRows((start) => {
      let change = 0;
      for (let index = start; index < start + vocabulary; index++) {
        change += (probabilities[index] as number) * ((original[index] as number) - (changed[index] as number));
      }
      return change - (logSums[start / vocabulary] as number) + logSumExp(changed, start, vocabulary);
    });
}

function logSumExp(scores: Float32Array, start: number, count: number): number {
  let highest = -Infinity;
  for (let index = start; index < start + count; index++) highest = Math.max(highest, scores[index] as number);
  let sum = 0;
  for (let index = start; index < start + count; index++) sum += Math.exp((scores[index] as number) - highest);
  return highest + Math.log(sum);
}

/** KL = E[a - b] - log sum exp a + log sum exp b over the original's softmax, in 64 bits. */
function compareHighest(original: Float32Array, program: Float32Array): RowComparison {
  const { index, margin } = highestAndMargin(original);
  const highest = original[index] as number;
  const programIndex = highestAndMargin(program).index;
  const programHighest = program[programIndex] as number;
  let sum = 0;
  let programSum = 0;
  let change = 0;
  for (let token = 0; token < original.length; token++) {
    const score = original[token] as number;
    const programScore = program[token] as number;
    const weight = Math.exp(score - highest);
    sum += weight;
    change += weight * (score - programScore);
    programSum += Math.exp(programScore - programHighest);
  }
  const kl = change / sum - (highest + Math.log(sum)) + (programHighest + Math.log(programSum));
  return { flip: index !== programIndex, margin, kl: Math.max(0, kl) };
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
    const probability = Math.exp(logSigmoid(before));
    kl += probability * (logSigmoid(before) - logSigmoid(after));
    kl += (1 - probability) * (logSigmoid(-before) - logSigmoid(-after));
  }
  return { flip, margin, kl: Math.max(0, kl) };
}

/** Index of the highest score, the lowest index among equals, and its lead over the second highest. */
export function highestAndMargin(scores: Float32Array): { index: number; margin: number } {
  let index = 0;
  let highest = scores[0] as number;
  let second = -Infinity;
  for (let token = 1; token < scores.length; token++) {
    const score = scores[token] as number;
    if (score > highest) {
      second = highest;
      highest = score;
      index = token;
    } else if (score > second) {
      second = score;
    }
  }
  return { index, margin: highest - second };
}

function logSigmoid(x: number): number {
  return x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x));
}
