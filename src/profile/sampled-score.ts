import type { Random, ScoreGradient } from "../engine/index.ts";
import type { Decision, TokenDocument } from "../text/index.ts";

/**
 * A gradient by the scores, row by row at the scored positions, that is drawn so that its covariance is the Fisher
 * information: half its squared product with a change is the KL of that change, on average.
 *
 * The score functions of all answers are added up, each with a random sign and the square root of its probability. Drawing
 * one answer by its probability has the same covariance, but squares of it vary far more: a rare answer has a large one.
 * For "argmax" the answers are the tokens of one softmax; for "positive" the two sides of every token's own coin.
 */
export function sampledScore(decision: Decision, document: TokenDocument, random: Random): ScoreGradient {
  const scored = new Set(document.scored);
  return (scores, time) => {
    if (!scored.has(time)) scores.fill(0);
    else if (decision === "positive") drawCoins(scores, random);
    else drawTokens(scores, random);
  };
}

/** Scores become sum_v s_v sqrt(p_v) (e_v - p), with random signs s_v. */
function drawTokens(scores: Float32Array, random: Random): void {
  let highest = -Infinity;
  for (const score of scores) highest = Math.max(highest, score);
  let total = 0;
  for (let token = 0; token < scores.length; token++) {
    const weight = Math.exp((scores[token] as number) - highest);
    scores[token] = weight;
    total += weight;
  }
  const sign = randomSigns(random);
  let sum = 0;
  for (let token = 0; token < scores.length; token++) {
    const root = sign() * Math.sqrt((scores[token] as number) / total);
    scores[token] = root;
    sum += root;
  }
  for (let token = 0; token < scores.length; token++) {
    const root = scores[token] as number;
    scores[token] = root - root * root * sum;
  }
}

/** Scores become the standard deviations of their coins, with random signs. */
function drawCoins(scores: Float32Array, random: Random): void {
  const sign = randomSigns(random);
  for (let token = 0; token < scores.length; token++) {
    const magnitude = Math.abs(scores[token] as number);
    // sqrt(p (1 - p)) of p = 1 / (1 + exp(-score)), which is the same for both signs of the score.
    scores[token] = (sign() * Math.exp(-magnitude / 2)) / (1 + Math.exp(-magnitude));
  }
}

/** 1 or -1, thirty-two of one random number. */
function randomSigns(random: Random): () => number {
  let bits = 0;
  let left = 0;
  return () => {
    if (left === 0) {
      bits = Math.floor(random() * 2 ** 32) | 0;
      left = 32;
    }
    left--;
    const sign = bits & 1 ? 1 : -1;
    bits >>>= 1;
    return sign;
  };
}
