import { backpropagate, backwardWeights, record, type GradientObserver, type LoadedProgram } from "../engine/index.ts";
import type { Decision, TokenDocument } from "../text/index.ts";
import { sampledScore } from "./sampled-score.ts";

/** How answers are drawn. */
export interface Sampling {
  readonly decision: Decision;
  readonly seed: number;
}

/**
 * Backpropagates the log-probability of answers drawn from the program itself through one document.
 * @param index of the document among all: decides, with the seed, what is drawn
 */
export function differentiate(
  { machine, model }: LoadedProgram,
  document: TokenDocument,
  { decision, seed }: Sampling,
  index: number,
  observer: GradientObserver,
): void {
  const weights = backwardWeights(machine, model);
  machine.scope(() => {
    const recording = record(machine, model, document.tokens, document.position);
    backpropagate(machine, model, weights, recording, sampledScore(decision, document, seed, index), observer);
  });
}
