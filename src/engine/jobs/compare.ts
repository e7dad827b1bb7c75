import { decideScores, rowRange, scoresOf, type Shortcuts } from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { compareRows, CONFIDENT_MARGIN } from "../decision.ts";
import type { DocumentFidelity } from "../fidelity.ts";
import type { Job, LoadedProgram } from "../job.ts";
import { scoredRows } from "../scored-rows.ts";

/** What all documents of a comparison have in common. */
export interface CompareOptions {
  readonly decision: Decision;
  /** Whether the original's scores are in memory already; otherwise the job needs a program named "original". */
  readonly originalKept: boolean;
}

/** One document, with room for the original's scores (scored, vocabulary) if they are to be kept. */
export interface ComparedDocument {
  readonly document: TokenDocument;
  readonly original?: Float32Array;
}

/** Scores of some of a document's scored positions: (count, vocabulary). */
type Scores = (first: number, count: number) => Float32Array;

/** Scores in memory at a time, of each program: 8 MiB. */
const SCORES_AT_ONCE = 2 ** 21;

/** How the "candidate" differs from the original at the scored positions of one document. */
const compareDocument: Job<CompareOptions, ComparedDocument, DocumentFidelity> = ({ program, options }, item) => {
  const { document, original } = item;
  const candidate = program("candidate");
  const compareScores = (scoresOfOriginal: Scores): DocumentFidelity =>
    withScores(candidate, document, (scores) =>
      totals(document, candidate.program.vocabulary, options.decision, scoresOfOriginal, scores),
    );
  if (!options.originalKept) {
    return withScores(program("original"), document, (scores) => compareScores(keeping(original, scores)));
  }
  if (!original) throw new Error("The job was told that the original's scores are kept, but was not given them.");
  const { vocabulary } = candidate.program;
  return compareScores((first, count) => original.subarray(first * vocabulary, (first + count) * vocabulary));
};

export default compareDocument;

function totals(
  document: TokenDocument,
  vocabulary: number,
  decision: Decision,
  original: Scores,
  candidate: Scores,
): DocumentFidelity {
  const positions = document.scored.length;
  const total = { flips: 0, confidentPositions: 0, confidentFlips: 0, kl: 0 };
  const chunk = Math.max(1, Math.floor(SCORES_AT_ONCE / vocabulary));
  for (let first = 0; first < positions; first += chunk) {
    const count = Math.min(chunk, positions - first);
    const before = original(first, count);
    const after = candidate(first, count);
    for (let start = 0; start < before.length; start += vocabulary) {
      const row = [start, start + vocabulary] as const;
      const { flip, margin, kl } = compareRows(decision, before.subarray(...row), after.subarray(...row));
      const confident = margin >= CONFIDENT_MARGIN;
      total.flips += Number(flip);
      total.confidentPositions += Number(confident);
      total.confidentFlips += Number(flip && confident);
      total.kl += kl;
    }
  }
  return { cluster: document.id, domain: document.domain, positions, ...total };
}

/** Also writes what it gives to `kept`. */
function keeping(kept: Float32Array | undefined, scores: Scores): Scores {
  if (!kept) return scores;
  return (first, count) => {
    const values = scores(first, count);
    kept.set(values, first * (values.length / count));
    return values;
  };
}

/** Reads a document, then lets `work` ask for scores, copied out of the machine. */
function withScores<Result>(
  { machine, model }: LoadedProgram,
  document: TokenDocument,
  work: (scores: Scores) => Result,
): Result {
  return machine.scope(() => {
    const rows = scoredRows(machine, model, document);
    return work((first, count) => {
      const scores = machine.scope(() =>
        machine.values(scoresOf(machine, model, rowRange(rows, first, count))).slice(),
      );
      if (model.shortcuts) decideRows(model.shortcuts, document, first, scores, scores.length / count);
      return scores;
    });
  });
}

/** Lets shortcuts decide at some of the scored positions, from the `first` one on: scores are (count, vocabulary). */
function decideRows(
  shortcuts: Shortcuts,
  { tokens, scored }: TokenDocument,
  first: number,
  scores: Float32Array,
  vocabulary: number,
): void {
  for (let start = 0, index = first; start < scores.length; start += vocabulary, index++) {
    const row = scores.subarray(start, start + vocabulary);
    decideScores(shortcuts, tokens, (scored[index] as number) + 1, row);
  }
}
