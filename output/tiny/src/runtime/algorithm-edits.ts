/** Changes of an algorithm's behaviour, as functions from algorithm to algorithm. */
import {
  isSum,
  type Algorithm,
  type AlgorithmLook,
  type Average,
  type Case,
  type Curve,
  type Score,
} from "./algorithm.ts";
import { along } from "./points.ts";

/** A change of behaviour. */
export type AlgorithmEdit = (algorithm: Algorithm) => Algorithm;

/** The algorithm with the edits made, one after the other. */
export function applyAlgorithmEdits(algorithm: Algorithm, edits: readonly AlgorithmEdit[]): Algorithm {
  return edits.reduce((edited, edit) => edit(edited), algorithm);
}

/** After one token, another has this score, whatever the averages are. */
export const setScore =
  ({ after, next, score }: { readonly after: string; readonly next: string; readonly score: number }): AlgorithmEdit =>
  (algorithm) => ({
    ...algorithm,
    cases: algorithm.cases.flatMap((each): Case[] => {
      if (each.after && !each.after.includes(after)) return [each];
      return [{ ...each, after: [after], scores: { ...each.scores, [next]: score } }, each];
    }),
  });

/** An average is always this value. */
export const fixAverage =
  (of: Average, value: number): AlgorithmEdit =>
  (algorithm) =>
    withTerms(algorithm, (term) => (term.of === of ? along(term.points, value) : term));

/** An average attends by other looks. */
export const lookBy =
  (of: Average, looks: readonly AlgorithmLook[]): AlgorithmEdit =>
  (algorithm) =>
    withAverages(algorithm, new Map([[of, { ...of, looks }]]));

/** The algorithm with other averages in place of some, wherever scores follow them. */
export function withAverages(algorithm: Algorithm, others: ReadonlyMap<Average, Average>): Algorithm {
  const averages = algorithm.averages.map((average) => others.get(average) ?? average);
  return withTerms({ ...algorithm, averages }, (term) => ({ ...term, of: others.get(term.of) ?? term.of }));
}

/** The algorithm with something else for every curve of its scores. */
function withTerms(algorithm: Algorithm, changed: (term: Curve) => number | Curve): Algorithm {
  const ofTerm = (term: number | Curve): number | Curve => (typeof term === "number" ? term : changed(term));
  const ofScore = (score: Score): Score => (isSum(score) ? score.map(ofTerm) : ofTerm(score));
  const cases = algorithm.cases.map((each): Case => {
    const scores = Object.entries(each.scores).map(([next, score]) => [next, ofScore(score)] as const);
    return { ...each, scores: Object.fromEntries(scores), others: ofScore(each.others) };
  });
  return { ...algorithm, cases };
}
