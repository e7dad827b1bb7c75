import {
  columnsOf,
  read,
  rowRange,
  rowsOf,
  scoresOf,
  startReading,
  type Machine,
  type Tensor,
} from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { compareRows, CONFIDENT_MARGIN } from "../decision.ts";
import type { DocumentFidelity } from "../fidelity.ts";
import type { Job, LoadedProgram } from "../job.ts";

/** What all documents of a comparison have in common. */
export interface CompareOptions {
  readonly decision: Decision;
}

/** Scores in memory at a time, of each program: 8 MiB. */
const SCORES_AT_ONCE = 2 ** 21;

/** How the "candidate" differs from the "original" at the scored positions of one document. */
const compareDocument: Job<CompareOptions, TokenDocument, DocumentFidelity> = ({ program, options }, document) => {
  const original = program("original");
  const candidate = program("candidate");
  return original.machine.scope(() =>
    candidate.machine.scope(() => {
      const rows = scoredRows(original, document);
      const candidateRows = scoredRows(candidate, document);
      const total = { flips: 0, confidentPositions: 0, confidentFlips: 0, kl: 0 };
      const chunk = Math.max(1, Math.floor(SCORES_AT_ONCE / original.program.vocabulary));
      for (let first = 0; first < document.scored.length; first += chunk) {
        const count = Math.min(chunk, document.scored.length - first);
        const scores = scoresOfRows(original, rowRange(rows, first, count));
        const candidateScores = scoresOfRows(candidate, rowRange(candidateRows, first, count));
        for (let row = 0; row < count; row++) {
          const { flip, margin, kl } = compareRows(options.decision, scores(row), candidateScores(row));
          const confident = margin >= CONFIDENT_MARGIN;
          total.flips += Number(flip);
          total.confidentPositions += Number(confident);
          total.confidentFlips += Number(flip && confident);
          total.kl += kl;
        }
      }
      return { cluster: document.id, domain: document.domain, positions: document.scored.length, ...total };
    }),
  );
};

export default compareDocument;

/** The normed stream at the scored positions: (scored, width). The caller owns the memory. */
function scoredRows({ machine, model }: LoadedProgram, { tokens, position, scored }: TokenDocument): Tensor {
  const rows = machine.allocate(scored.length, columnsOf(model.embed.tokens));
  return machine.scope(() => {
    const all = read(machine, model, startReading(machine, model, tokens.length, position), tokens);
    scored.forEach((time, row) => copyRow(machine, all, time, rows, row));
    return rows;
  });
}

function copyRow(machine: Machine, from: Tensor, row: number, to: Tensor, toRow: number): void {
  machine.values(rowRange(to, toRow, 1)).set(machine.values(rowRange(from, row, 1)));
}

/** The scores (vocabulary) of each row, copied out of the machine. */
function scoresOfRows({ machine, model }: LoadedProgram, rows: Tensor): (row: number) => Float32Array {
  const scores = machine.scope(() => machine.values(scoresOf(machine, model, rows)).slice());
  const vocabulary = scores.length / rowsOf(rows);
  return (row) => scores.subarray(row * vocabulary, (row + 1) * vocabulary);
}
