import type { Random } from "./random.ts";

/** Turns scores (vocabulary) into probabilities, in place, and draws a token by them. */
export function drawToken(scores: Float32Array, random: Random): number {
  let highest = -Infinity;
  for (const score of scores) highest = Math.max(highest, score);
  let sum = 0;
  for (let token = 0; token < scores.length; token++) {
    const weight = Math.exp((scores[token] as number) - highest);
    scores[token] = weight;
    sum += weight;
  }
  for (let token = 0; token < scores.length; token++) scores[token] = (scores[token] as number) / sum;
  let left = random();
  let drawn = 0;
  for (let token = 0; token < scores.length; token++) {
    const probability = scores[token] as number;
    if (probability === 0) continue;
    drawn = token; // The last possible token takes what rounding leaves over.
    left -= probability;
    if (left < 0) break;
  }
  return drawn;
}
