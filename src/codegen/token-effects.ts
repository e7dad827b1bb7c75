import type { Program } from "../ir/index.ts";
import { highest, lowest } from "./extremes.ts";

/** Tokens whose scores a vector moves most by itself, strongest first. */
export interface TokenEffects {
  readonly raises: readonly number[];
  readonly lowers: readonly number[];
}

/** Tokens that are listed on each side: more than are shown, since pieces of characters are left out. */
const LISTED = 8;

/**
 * What vectors in the residual stream (width) do to the scores by themselves: their product with the unembedding,
 * through the final norm's centring and gain, the norm's scale taken as given.
 */
export function effectsOn(program: Program): (vector: ArrayLike<number>) => TokenEffects {
  const { width, vocabulary } = program;
  const directions = program.tensors.get(program.unembed.tokens); // (vocabulary, width)
  const gain = program.finalNorm.gain && program.tensors.get(program.finalNorm.gain);
  return (vector) => {
    const centre = Array.from(vector).reduce((sum, value) => sum + value, 0) / width;
    const normed = Array.from(vector, (value, column) => (value - centre) * (gain?.[column] ?? 1));
    const scores = new Float64Array(vocabulary);
    for (let token = 0; token < vocabulary; token++) {
      let score = 0;
      for (let column = 0; column < width; column++) {
        score += (normed[column] as number) * (directions[token * width + column] as number);
      }
      scores[token] = score;
    }
    return { raises: highest(scores, LISTED), lowers: lowest(scores, LISTED) };
  };
}
