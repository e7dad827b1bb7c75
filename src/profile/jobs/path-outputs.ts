import type { Job, LoadedProgram } from "../../engine/index.ts";
import type { Source } from "../../ir/index.ts";
import { rowsOf, type Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { keysOf, product, queriesOf, visitHeads, wholeScores, type ReadHead } from "../path-scores.ts";
import type { HeadDescription } from "./descriptions.ts";

/** A pair of sources. */
export interface SourcePair {
  readonly query: Source;
  readonly key: Source;
}

/** What all documents have in common, by head. */
export interface PathOutputsOptions {
  /** The terms that the scores are made of. */
  readonly terms: ReadonlyMap<string, readonly SourcePair[]>;
  /** What heads write on average (width). */
  readonly means: ReadonlyMap<string, Float32Array>;
}

/** Measures how far what heads write by some terms of their scores alone is from what they write; by head. */
const pathOutputs: Job<PathOutputsOptions, TokenDocument, ReadonlyMap<string, HeadDescription>> = (
  { program, options },
  document,
) => {
  const loaded = program("program");
  const sums = new Map<string, HeadDescription>();
  visitHeads(loaded, document, (head) => {
    const terms = options.terms.get(head.site);
    const mean = options.means.get(head.site);
    if (terms && mean) sums.set(head.site, { error: errorBy(loaded, head, terms), variation: variation(head, mean) });
  });
  return sums;
};

export default pathOutputs;

/** Squared distance of what a head writes from what it would write by some terms of its scores. */
function errorBy(loaded: LoadedProgram, head: ReadHead, terms: readonly SourcePair[]): number {
  const { machine, place } = loaded;
  const { input, headWidth } = head;
  const { moves } = head.node;
  if (moves.kind !== "denseMove") return 0;
  const { scores: all } = wholeScores(loaded, head);
  machine.softmaxCausal(all, 0);
  const some = scoresBy(loaded, head, terms);
  machine.softmaxCausal(some, 0);
  const difference = machine.values(all);
  const foreseen = machine.values(some);
  for (let at = 0; at < difference.length; at++) difference[at] = (difference[at] as number) - (foreseen[at] as number);
  const values = machine.allocate(rowsOf(input), headWidth); // A bias has no say: both patterns' rows sum to 1.
  machine.matmul(input, place(moves.value), values);
  const moved = machine.allocate(rowsOf(input), headWidth);
  machine.matmul(all, values, moved);
  const error = machine.allocate(...input.shape);
  machine.matmul(moved, place(moves.output), error);
  return product(machine.values(error), machine.values(error));
}

/** The sum of some terms of a head's scores (time, time). */
function scoresBy(loaded: LoadedProgram, head: ReadHead, terms: readonly SourcePair[]): Tensor {
  const { machine } = loaded;
  const time = rowsOf(head.input);
  const distinct = (side: "query" | "key"): Source[] => [...new Set(terms.map((term) => term[side]))];
  const queries = queriesOf(loaded, head, distinct("query"));
  const keys = keysOf(loaded, head, distinct("key"));
  const scores = machine.allocate(time, time);
  machine.values(scores).fill(0);
  for (const term of terms) {
    const [asked, found] = [queries.get(term.query), keys.get(term.key)];
    if (asked && found) machine.scope(() => machine.matmul(asked, machine.transposed(found), scores, true));
  }
  return scores;
}

function variation({ written }: ReadHead, mean: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < written.length; index++) {
    const distance = (written[index] as number) - (mean[index % mean.length] as number);
    sum += distance * distance;
  }
  return sum;
}
