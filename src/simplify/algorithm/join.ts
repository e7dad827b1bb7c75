import { termsOf, type Algorithm, type Case, type Score } from "../../runtime/index.ts";
import { landscapeOf } from "./gradient.ts";
import type { Held } from "./layout.ts";
import { numbersOf } from "./numbers.ts";
import { polished, spreadFor } from "./polish.ts";

/** Positions that joined cases are first judged on. */
const MOST_POSITIONS = 300;
const STEPS = 25;
/** Pairs that are adjusted before it is given up. */
const MOST_TRIED = 3;

/**
 * The algorithm with one case less: two that score the same next tokens become one, and its numbers are adjusted, where that
 * costs less KL than the numbers that it spares are worth. Undefined where no two cases are so alike.
 *
 * @param worth KL that a number may cost to be spared, in nats a position
 */
export function joined(algorithm: Algorithm, held: Held, worth: number): Algorithm | undefined {
  const few = { ...held, observations: spreadFor(algorithm, held.observations, MOST_POSITIONS) };
  const lossOf = (own: Algorithm, to: Held): number => landscapeOf(own, to).lossAt(numbersOf(own));
  const tried = pairsOf(algorithm.cases)
    .flatMap(([one, other]) => [joinedCases(algorithm, one, other), joinedCases(algorithm, other, one)])
    .filter((own) => own !== undefined)
    .map((own) => ({ ...own, loss: lossOf(own.algorithm, few) - worth * own.spared }))
    .sort((one, other) => one.loss - other.loss)
    .slice(0, MOST_TRIED);
  if (tried.length === 0) return undefined;
  const most = lossOf(algorithm, held);
  return tried
    .map((own) => ({ ...own, algorithm: polished(own.algorithm, held, STEPS) }))
    .find((own) => lossOf(own.algorithm, held) <= most + worth * own.spared)?.algorithm;
}

function pairsOf(cases: readonly Case[]): [Case, Case][] {
  return cases.flatMap((one, index) =>
    cases.slice(index + 1).flatMap((other): [Case, Case][] => (isAlike(one, other) ? [[one, other]] : [])),
  );
}

/** Whether two cases speak of nothing but scores, and of those of the same next tokens. */
function isAlike(one: Case, other: Case): boolean {
  const isPlain = ({ after, copies, differences, recent }: Case): boolean =>
    after !== undefined && !copies && !differences && !recent;
  const next = ({ scores }: Case): string => JSON.stringify(Object.keys(scores).sort());
  return isPlain(one) && isPlain(other) && next(one) === next(other);
}

/** With the scores of the first case for the second one's tokens too; undefined where other cases would then be others. */
function joinedCases(
  algorithm: Algorithm,
  first: Case,
  second: Case,
): { readonly algorithm: Algorithm; readonly spared: number } | undefined {
  const { phase, ...scores } = first;
  const both: Case = {
    ...scores,
    ...(phase !== undefined && phase === second.phase && { phase }),
    after: [...new Set([...(first.after ?? []), ...(second.after ?? [])])],
  };
  // At the end, so that what is for other phases of the same tokens comes first.
  const cases = [...algorithm.cases.filter((own) => own !== first && own !== second), both];
  const tokens = new Set(algorithm.cases.flatMap(({ after = [] }) => after));
  for (const token of tokens) {
    for (let at = 0; at < (algorithm.period ?? 1); at++) {
      const before = caseOf(algorithm.cases, token, at);
      const due = before === first || before === second ? both : before;
      if (before && caseOf(cases, token, at) !== due) return undefined;
    }
  }
  return { algorithm: { ...algorithm, cases }, spared: sizeOf(second) };
}

function caseOf(cases: readonly Case[], token: string, at: number): Case | undefined {
  return cases.find(({ after, phase }) => (after?.includes(token) ?? true) && (phase === undefined || phase === at));
}

/** Numbers that are written down for a case. */
function sizeOf({ scores, others }: Case): number {
  const size = (score: Score): number =>
    termsOf(score).reduce<number>((sum, term) => sum + (typeof term === "number" ? 1 : 2 * term.points.length), 0);
  return [...Object.values(scores), others].reduce<number>((sum, score) => sum + size(score), 0);
}
