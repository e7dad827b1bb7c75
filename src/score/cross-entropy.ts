/** -log p(token) in nats, for one row of scores (vocabulary). */
export function crossEntropy(scores: Float32Array, token: number): number {
  const highest = scores.reduce((best, score) => Math.max(best, score), -Infinity);
  const sum = scores.reduce((total, score) => total + Math.exp(score - highest), 0);
  return highest + Math.log(sum) - (scores[token] as number);
}
