import { compareRows } from "../../engine/index.ts";
import type { Decision } from "../../text/index.ts";

/** How answers differ from the original's. */
export interface AnswerFidelity {
  /** Share of scored positions with another answer. */
  readonly flips: number;
  /** The upper end of the interval that this share lies in, were other documents drawn. */
  readonly flipsHigh: number;
  /** Share of documents without one. */
  readonly match: number;
  /** KL(original || answers) a position, in nats. */
  readonly kl: number;
}

/** Scores (vocabulary) at the scored positions of each document. */
export type DocumentScores = readonly (readonly Float32Array[])[];

/** Standard errors on either side of a share: 95 % of a normal distribution. */
const STANDARD_ERRORS = 1.96;

/** Compares scores with the original's; positions of one document are not independent of each other, documents are. */
export function fidelityOf(decision: Decision, original: DocumentScores, scores: DocumentScores): AnswerFidelity {
  let [kl, whole] = [0, 0];
  const counts = scores.map((rows, document) => {
    let wrong = 0;
    rows.forEach((row, index) => {
      const compared = compareRows(decision, original[document]?.[index] as Float32Array, row);
      if (compared.flip) wrong++;
      kl += compared.kl;
    });
    if (wrong === 0) whole++;
    return { wrong, size: rows.length };
  });
  const positions = counts.reduce((sum, { size }) => sum + size, 0);
  const flips = counts.reduce((sum, { wrong }) => sum + wrong, 0) / positions;
  const variance = counts.reduce((sum, { wrong, size }) => sum + (wrong - flips * size) ** 2, 0) / positions ** 2;
  return {
    flips,
    flipsHigh: flips + STANDARD_ERRORS * Math.sqrt(variance),
    match: whole / scores.length,
    kl: kl / positions,
  };
}
