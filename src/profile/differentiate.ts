import {
  backpropagate,
  backwardWeights,
  createRandom,
  record,
  type GradientObserver,
  type LoadedProgram,
} from "../engine/index.ts";
import type { Decision, TokenDocument } from "../text/index.ts";
import { sampledScore } from "./sampled-score.ts";

/** How answers are drawn. */
export interface Sampling {
  readonly decision: Decision;
  readonly seed: number;
}

/** The same, and how many answers are drawn at each position. */
export interface Drawing extends Sampling {
  readonly draws: number;
}

/** Backward passes that are enough, over all documents: a price summed over sequences is then known within about 9 %. */
const ENOUGH_PASSES = 256;
const MOST_DRAWS = 4;

/** How many answers to draw for each of so many documents. */
export function drawsFor(documents: number): number {
  return Math.min(MOST_DRAWS, Math.max(1, Math.round(ENOUGH_PASSES / Math.max(1, documents))));
}

/**
 * Backpropagates the log-probability of answers drawn from the program itself through one document, once a draw.
 *
 * @param index of the document among all: decides, with the seed and the draw, what is drawn
 * @param observerOf is asked for what listens to each draw
 */
export function differentiate(
  { machine, model }: LoadedProgram,
  document: TokenDocument,
  { decision, seed, draws }: Drawing,
  index: number,
  observerOf: (draw: number) => GradientObserver,
): void {
  const weights = backwardWeights(machine, model);
  machine.scope(() => {
    const recording = record(machine, model, document.tokens, document.position);
    for (let draw = 0; draw < draws; draw++) {
      const score = sampledScore(decision, document, createRandom(seed, index, draw));
      backpropagate(machine, model, weights, recording, score, { observer: observerOf(draw) });
    }
  });
}
