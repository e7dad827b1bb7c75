import { compareRows } from "../../engine/index.ts";
import type { Decision } from "../../text/index.ts";

/** How answers differ from the original's. */
export interface AnswerFidelity {
  /** Share of scored positions with another answer. */
  readonly flips: number;
  /** Share of documents without one. */
  readonly match: number;
  /** KL(original || answers) a position, in nats. */
  readonly kl: number;
}

/** Scores (vocabulary) at the scored positions of each document. */
export type DocumentScores = readonly (readonly Float32Array[])[];

/** Compares scores with the original's. */
export function fidelityOf(decision: Decision, original: DocumentScores, scores: DocumentScores): AnswerFidelity {
  let [flips, kl, positions, whole] = [0, 0, 0, 0];
  scores.forEach((rows, document) => {
    let wrong = 0;
    rows.forEach((row, index) => {
      const compared = compareRows(decision, original[document]?.[index] as Float32Array, row);
      if (compared.flip) wrong++;
      kl += compared.kl;
      positions++;
    });
    flips += wrong;
    if (wrong === 0) whole++;
  });
  return { flips: flips / positions, match: whole / scores.length, kl: kl / positions };
}
