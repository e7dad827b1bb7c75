import { headId, type HeadPlace } from "../../ir/index.ts";
import {
  numberOf,
  sharesByToken,
  type Algorithm,
  type AlgorithmRun,
  type Average,
  type Pattern,
} from "../../runtime/index.ts";
import { runsAt } from "./head-fit.ts";
import { fittedPatterns, type PatternFit } from "./relation-looks.ts";
import { fittedRelationScores, type Copied, type RelationsInput, type Row } from "./relation-scores.ts";
import { spread } from "./spread.ts";
import { averagesIn } from "./written.ts";

/** Positions that scores are fitted to. */
const MOST_POSITIONS = 1200;

/** Tokens that are alike, where a rule speaks of them, and tokens that are not. */
const FEWEST_ALIKE = 16;
const MOST_SPECIAL = 16;

/** An algorithm for tokens that are alike: heads find them by their size or their place, and their like comes next. */
export interface Relations {
  readonly algorithm: Algorithm;
  /** The head of each pattern, and of each average. */
  readonly patternHeads: readonly HeadPlace[];
  readonly heads: readonly HeadPlace[];
  readonly notes: readonly string[];
}

/**
 * Fits patterns and scores that speak of relations between tokens: larger, repeated, one more, attended to. Where heads may go
 * by the size of numbers as well, that is a second attempt, made when it is asked for.
 */
export function* fittedRelations(input: RelationsInput): Generator<Relations> {
  const fits = input.heads.map((place) => fittedPatterns(input.observations, input.words, input.alike, place));
  yield relationsOf(
    input,
    fits.map(({ plain }) => plain),
  );
  if (fits.every(({ sized }) => !sized)) return;
  yield relationsOf(
    input,
    fits.map(({ plain, sized }) => sized ?? plain),
  );
}

function relationsOf(input: RelationsInput, fits: readonly PatternFit[]): Relations {
  const { words, context, heads } = input;
  const patterns = fits.map(({ looks }): Pattern => ({ looks }));
  const averages = patterns.flatMap(({ looks }) => averagesOn(looks, words, input.alike));
  const copied = patterns.flatMap((of): Copied[] => [{ of }, { of, back: 1 }]);
  const observations = spread(input.observations, MOST_POSITIONS);
  const runs = runsAt({ context, patterns, averages, cases: [] }, words, observations);
  const rows = observations.map((observation, index): Row => {
    const { document, position } = observation;
    const run = runs[index] as AlgorithmRun;
    const sharesOf = ({ of, back }: Copied) =>
      sharesByToken(run.patterns[patterns.indexOf(of)]?.[position] ?? [], document.tokens, back);
    return {
      observation,
      shares: copied.map(sharesOf),
      averages: run.averages.map((average) => average[position] as number),
    };
  });
  const cases = fittedRelationScores(input, rows, { copied, averages });
  const read = new Set(cases.flatMap(averagesIn));
  const used = patterns.filter((pattern) => cases.some(({ copies = [] }) => copies.some(({ of }) => of === pattern)));
  const kept = averages.filter((average) => read.has(average));
  const placeOf = ({ looks }: Pattern): HeadPlace =>
    heads[patterns.findIndex((own) => own.looks === looks)] as HeadPlace;
  return {
    algorithm: { context, patterns: used, averages: kept, cases },
    patternHeads: used.map(placeOf),
    heads: kept.map(placeOf),
    notes: fits.map(({ place, form, loss }) => {
      return `${headId(place.block, place.head)} looks by ${form}, ${loss.toFixed(3)} nats from its patterns`;
    }),
  };
}

/** How much attention goes to larger numbers, and to each special token. */
function averagesOn(looks: Pattern["looks"], words: readonly string[], alike: ReadonlySet<number>): Average[] {
  const larger = [
    [0, 0],
    [1, 1],
  ] as const;
  const special = words.filter((_, id) => !alike.has(id));
  const hasNumbers = words.some((word) => !Number.isNaN(numberOf(word)));
  return [
    ...(hasNumbers ? [{ looks, worth: { kind: "differences", points: larger } } as const] : []),
    ...special.map((word) => ({ looks, worth: { [word]: 1 } })),
  ];
}

/**
 * Tokens that a rule may speak of as one: all numbers where there are many of them, else all words that do not stand in angle
 * brackets, as tokens with a role of their own do by custom. Empty where too many others would be left.
 */
export function alikeTokens(words: readonly string[]): ReadonlySet<number> {
  const idsOf = (isAlike: (word: string) => boolean): number[] =>
    words.flatMap((word, id) => (isAlike(word) ? [id] : []));
  const numbers = idsOf((word) => !Number.isNaN(numberOf(word)));
  const alike = numbers.length >= FEWEST_ALIKE ? numbers : idsOf((word) => !/^<.*>$/u.test(word));
  return new Set(alike.length < FEWEST_ALIKE || words.length - alike.length > MOST_SPECIAL ? [] : alike);
}
