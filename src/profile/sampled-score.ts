import { drawToken, type Random, type ScoreGradient } from "../engine/index.ts";
import type { Decision, TokenDocument } from "../text/index.ts";

/**
 * The gradient, row by row, of the log-probability of answers that the model itself draws at the scored positions.
 * Half its squared product with a change is the KL of that change, on average (the Fisher information).
 * For "argmax" one token is drawn from the softmax; for "positive" every token is drawn as a coin with its own odds.
 */
export function sampledScore(decision: Decision, document: TokenDocument, random: Random): ScoreGradient {
  const scored = new Set(document.scored);
  return (scores, time) => {
    if (!scored.has(time)) scores.fill(0);
    else if (decision === "positive") drawCoins(scores, random);
    else drawOne(scores, random);
  };
}

/** Scores become 1 for the drawn token less the probabilities. */
function drawOne(scores: Float32Array, random: Random): void {
  const drawn = drawToken(scores, random);
  for (let token = 0; token < scores.length; token++) scores[token] = -(scores[token] as number);
  scores[drawn] = (scores[drawn] as number) + 1;
}

/** Scores become 1 where the coin fell on the token, else 0, less the odds. */
function drawCoins(scores: Float32Array, random: Random): void {
  for (let token = 0; token < scores.length; token++) {
    const probability = 1 / (1 + Math.exp(-(scores[token] as number)));
    scores[token] = Number(random() < probability) - probability;
  }
}
