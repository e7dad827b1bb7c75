import type { ParameterLayout } from "../../ir/index.ts";
import { columnsOf, rowRange, rowsOf, scoresOf, type Observer, type Tensor } from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { backwardWeights } from "../backward-weights.ts";
import { throughUnembedding } from "../backward/ends.ts";
import { ParameterGradients } from "../backward/parameter-gradients.ts";
import { backpropagateRows } from "../gradient.ts";
import { hintedOutputs, hintGradient, type Hint } from "../hints.ts";
import type { Job, LoadedProgram } from "../job.ts";
import { klGradient } from "../kl-gradient.ts";
import { record } from "../recording.ts";
import { gatherRows, scoredRows, spreadRows } from "../scored-rows.ts";

/** What all lanes have in common. The job needs programs named "original" and "student". */
export interface DistilOptions {
  readonly decision: Decision;
  /** What of the student is trained. */
  readonly layout: ParameterLayout;
  /** What of the student learns what the original's writes, too. */
  readonly hints?: readonly Hint[];
}

/** A document, and perhaps room in shared memory for the original's normed rows at its scored positions: (scored, width). */
export interface TaughtDocument {
  readonly document: TokenDocument;
  readonly rows?: Float32Array;
  /** Whether the rows are there already; otherwise the job writes them. */
  readonly rowsKept: boolean;
}

/** Documents that are read one after the other; the sum of their gradients goes to `gradient`, in shared memory. */
export interface DistilLane {
  readonly documents: readonly TaughtDocument[];
  /** (layout's length) */
  readonly gradient: Float32Array;
}

/** Sums over the scored positions of a lane; the gradient that belongs to it is of the sum, not of the mean. */
export interface LaneResult {
  /** KL(original || student) in nats. */
  readonly kl: number;
  readonly positions: number;
}

/** Most numbers of attention patterns that are kept for the backward pass: 64 MiB; with more they are computed twice. */
const KEPT_PATTERNS = 2 ** 24;

/** Scores in memory at a time, of each program: 4 MiB. */
const SCORES_AT_ONCE = 2 ** 20;

/** The gradient of KL(original || student) with respect to the student's numbers, summed over one lane. */
const distilLane: Job<DistilOptions, DistilLane, LaneResult> = ({ program, options }, { documents, gradient }) => {
  const [original, student] = [program("original"), program("student")];
  const { machine } = student;
  backwardWeights(machine, student.model); // outside the scope: they stay as long as the student
  return machine.scope(() => {
    const gradients = new ParameterGradients(student, options.layout);
    let [kl, positions] = [0, 0];
    for (const taught of documents) {
      kl += addDocument(original, student, taught, options, gradients);
      positions += taught.document.scored.length;
    }
    gradients.writeTo(gradient);
    return { kl, positions };
  });
};

export default distilLane;

/** Adds a document's gradient, and gives its KL. */
function addDocument(
  original: LoadedProgram,
  { machine, model }: LoadedProgram,
  taught: TaughtDocument,
  { decision, hints = [] }: DistilOptions,
  gradients: ParameterGradients,
): number {
  const { tokens, position, scored } = taught.document;
  const [written, hinted] = [new Map<Hint, Float32Array>(), new Map<Hint, Float32Array>()];
  const heads = model.blocks.reduce((sum, { attention }) => sum + attention.heads.length, 0);
  const keepPatterns = heads * tokens.length ** 2 <= KEPT_PATTERNS;
  return machine.scope(() => {
    const recording = record(machine, model, tokens, position, hintedOutputs(machine, hints, written), {
      keepPatterns,
    });
    const atRows = machine.allocate(...recording.rows.shape); // (time, width)
    const kl = machine.scope(() => {
      const rows = machine.allocate(scored.length, columnsOf(recording.rows));
      gatherRows(machine, recording.rows, scored, rows);
      const atScored = machine.allocate(...rows.shape);
      const sum = original.machine.scope(() => {
        const taughtRows = teacherRows(original, taught, hintedOutputs(original.machine, hints, hinted));
        return throughScores(original, taughtRows, { machine, model }, rows, atScored, decision, gradients);
      });
      spreadRows(machine, atScored, scored, atRows);
      return sum;
    });
    const weights = backwardWeights(machine, model);
    const asked = (block: number, head?: number): Float32Array | undefined => {
      const hint = hints.find((own) => own.block === block && own.head === head);
      const [own, originals] = hint ? [written.get(hint), hinted.get(hint)] : [];
      return hint && own && originals
        ? hintGradient(own, originals, columnsOf(recording.rows), hint.weight * scored.length)
        : undefined;
    };
    backpropagateRows(machine, model, weights, recording, atRows, { sink: gradients, asked });
    return kl;
  });
}

/** From the memory that is kept between steps, or else computed and written there. */
function teacherRows(
  { machine, model }: LoadedProgram,
  { document, rows, rowsKept }: TaughtDocument,
  observer: Observer,
): Tensor {
  if (rows && rowsKept) return machine.store(rows, document.scored.length, rows.length / document.scored.length);
  const computed = scoredRows(machine, model, document, observer);
  rows?.set(machine.values(computed));
  return computed;
}

/** Fills `atRows` with the gradient at the student's rows (scored, width), and gives the KL. */
function throughScores(
  original: LoadedProgram,
  originalRows: Tensor,
  { machine, model }: Pick<LoadedProgram, "machine" | "model">,
  rows: Tensor,
  atRows: Tensor,
  decision: Decision,
  gradients: ParameterGradients,
): number {
  const chunk = Math.max(1, Math.floor(SCORES_AT_ONCE / rowsOf(model.unembed.tokens)));
  let kl = 0;
  for (let first = 0; first < rowsOf(rows); first += chunk) {
    const count = Math.min(chunk, rowsOf(rows) - first);
    kl += machine.scope(() =>
      original.machine.scope(() => {
        const some = rowRange(rows, first, count);
        const scores = scoresOf(machine, model, some); // (count, vocabulary)
        const taught = scoresOf(original.machine, original.model, rowRange(originalRows, first, count));
        const sum = klGradient(decision, { machine: original.machine, scores: taught }, { machine, scores });
        throughUnembedding(machine, model.unembed, some, scores, rowRange(atRows, first, count), gradients);
        return sum;
      }),
    );
  }
  return kl;
}
