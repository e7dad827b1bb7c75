/** Changes of an algorithm's behaviour, as functions from algorithm to algorithm. */
import {
  isByCases,
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
    withTerms(algorithm, (term) => (firstOf(term.of) === firstOf(of) ? along(term.points, value) : term));

/** An average attends by other looks. */
export const lookBy =
  (of: Average, looks: readonly AlgorithmLook[]): AlgorithmEdit =>
  (algorithm) => {
    const own = algorithm.averages.find((average) => firstOf(average) === firstOf(of));
    return own ? withAverages(algorithm, new Map([[own, { ...own, looks }]])) : algorithm;
  };

/** The algorithm with other averages in place of some, wherever scores follow them. */
export function withAverages(algorithm: Algorithm, others: ReadonlyMap<Average, Average>): Algorithm {
  for (const [before, after] of others) firstForms.set(after, firstOf(before));
  const averages = algorithm.averages.map((average) => others.get(average) ?? average);
  return withTerms({ ...algorithm, averages }, (term) => ({ ...term, of: others.get(term.of) ?? term.of }));
}

/** What an edited average was at first: edits name that one. */
const firstForms = new WeakMap<Average, Average>();
const firstOf = (average: Average): Average => firstForms.get(average) ?? average;

/** The algorithm with something else for every curve of its scores, and of what tokens are worth. */
function withTerms(algorithm: Algorithm, changed: (term: Curve) => number | Curve): Algorithm {
  const edited = new Map<Average, Average>();
  const ofTerm = (term: number | Curve): number | Curve => {
    if (typeof term === "number") return term;
    const other = changed(term);
    return typeof other === "number" ? other : { ...other, of: edited.get(other.of) ?? other.of };
  };
  const ofScore = (score: Score): Score => (isSum(score) ? score.map(ofTerm) : ofTerm(score));
  const averages = algorithm.averages.map((average) => {
    if (!isByCases(average.worth)) return average;
    const after = { ...average, worth: average.worth.map((each) => ({ ...each, worth: ofScore(each.worth) })) };
    firstForms.set(after, firstOf(average));
    edited.set(average, after);
    return after;
  });
  const cases = algorithm.cases.map((each): Case => {
    const scores = Object.entries(each.scores).map(([next, score]) => [next, ofScore(score)] as const);
    return { ...each, scores: Object.fromEntries(scores), others: ofScore(each.others) };
  });
  return { ...algorithm, averages, cases };
}
