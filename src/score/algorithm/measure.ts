import { createRandom } from "../../engine/index.ts";
import { headId, mlpId } from "../../ir/index.ts";
import {
  certaintyOf,
  explainedByLinearMap,
  ObservedModel,
  squareRoot,
  streamMetric,
  variationOf,
  type LinearSums,
} from "../../profile/index.ts";
import type { Report } from "../../report/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import type { AlgorithmDocument, AlgorithmOptions, JudgedHead } from "../jobs/algorithm-document.ts";
import type { OriginalSums } from "../jobs/algorithm-means.ts";
import type { AlgorithmOutline } from "../jobs/outline-algorithm.ts";
import type { ManifestSite } from "../manifest.ts";
import { positionsOf, runPackageJob, type Scoring } from "../scoring.ts";
import type { AlgorithmChange } from "./changes.ts";

/** What scoring an algorithm works with. */
export type AlgorithmScoring = Omit<Scoring, "outline" | "isText"> & {
  readonly outline: AlgorithmOutline;
  /** The text of every token, by id. */
  readonly words: readonly string[];
};

/** Random orders and random sets that a rule must win against. */
const RIVALS = 3;

/** What one rule is called, what takes it away, and what it must win against. */
interface Trial {
  readonly id: string;
  readonly without: AlgorithmChange;
  readonly rivals: readonly AlgorithmChange[];
}

/** Everything that is measured of an algorithm but the bits. */
export interface MeasuredAlgorithm {
  readonly documents: readonly AlgorithmDocument[];
  /** KL a position, of the algorithm behind the face. */
  readonly kl: number;
  readonly recovery: number;
  readonly simulation: number;
  readonly falsification: Report["explanation"]["falsification"];
}

/** Runs an emitted algorithm beside its original on test documents. */
export async function measureAlgorithm(
  scoring: AlgorithmScoring,
  calibrate: readonly TokenDocument[],
  test: readonly TokenDocument[],
  onDone?: (done: number, total: number) => void,
): Promise<MeasuredAlgorithm> {
  const { words, decision, sites } = scoring;
  const sums = await runPackageJob<TokenDocument, OriginalSums>(scoring, "algorithm-means", { words }, calibrate);
  const means = meansOf(sums);
  const trials = trialsOf(scoring, means.averages);
  const heads = judgedHeads(scoring, calibrate);
  const run = (options: Partial<AlgorithmOptions>, documents: readonly TokenDocument[], done?: typeof onDone) =>
    runPackageJob<TokenDocument, AlgorithmDocument>(
      scoring,
      "algorithm-document",
      { decision, words, changes: [], heads: [], means, ...options } satisfies AlgorithmOptions,
      documents,
      done,
    );
  const fitted = await run({ heads }, calibrate.slice(0, DETAILED_DOCUMENTS));
  const changes = trials.flatMap(({ without, rivals }) => [without, ...rivals]);
  const few = test.slice(0, DETAILED_DOCUMENTS);
  const all = test.length + few.length;
  const documents = await run({}, test, (done) => onDone?.(done, all));
  const detailed = await run({ heads, changes }, few, (done) => onDone?.(test.length + done, all));
  const mean = (all: readonly AlgorithmDocument[], of: (document: AlgorithmDocument) => number): number =>
    all.reduce((sum, document) => sum + of(document), 0) / positionsOf(test.slice(0, all.length));
  const kl = mean(documents, (document) => document.kl);
  const ablated = mean(documents, ({ ablatedKl }) => ablatedKl);
  const linear = (all: readonly AlgorithmDocument[], index: number): LinearSums[] =>
    all.flatMap((document) => document.heads[index]?.sums ?? []);
  const foreseen = (index: number): number => {
    const judged = linear(detailed, index);
    if (heads[index]?.pattern === undefined) return explainedByLinearMap(linear(fitted, index), judged);
    const missed = detailed.reduce((sum, document) => sum + (document.heads[index]?.missed ?? 0), 0);
    const varies = variationOf(judged);
    return varies === 0 ? 0 : 1 - missed / varies;
  };
  const scoreOf = heads.map((_, index) => Math.max(0, foreseen(index)));
  const explained = new Map(
    heads.map(({ block, head, isClaimed }, index) => {
      // Before a head that is copied from, a head has its say in where that one looks.
      const fed = heads.flatMap((other, at) =>
        !isClaimed && other.pattern !== undefined && other.block > block ? [scoreOf[at] ?? 0] : [],
      );
      return [headId(block, head), fed.length > 0 ? Math.min(...fed) : (scoreOf[index] ?? 0)];
    }),
  );
  const scores = explainedScores(documents, positionsOf(test), kl, decision);
  return {
    documents,
    kl,
    recovery: ablated === 0 ? 0 : 1 - kl / ablated,
    simulation: simulationOf(sites, scoring, explained, scores),
    falsification: falsified(
      trials,
      mean(detailed, (document) => document.kl),
      changes.map((_, index) => mean(detailed, ({ changedKl }) => changedKl[index] ?? 0)),
    ),
  };
}

/** Scores that cost less than this to hold at their mean, in nats a position, do not vary. */
const NOISE = 1e-3;

/**
 * Share of what it costs to give the original's mean probabilities everywhere, in KL, that the algorithm's scores do not cost
 * (the deviance R^2 of Cameron and Windmeijer 1997).
 */
function explainedScores(
  documents: readonly AlgorithmDocument[],
  positions: number,
  kl: number,
  decision: Decision,
): number {
  const means = new Float64Array(documents[0]?.chances.length ?? 0);
  for (const { chances } of documents) {
    chances.forEach((chance, token) => (means[token] = (means[token] as number) + chance / positions));
  }
  const certainty = documents.reduce((sum, own) => sum + own.certainty, 0) / positions;
  const varies = certainty - certaintyOf(means, decision);
  return Math.max(0, 1 - kl / Math.max(NOISE, varies));
}

/** Price-weighted: heads with averages by what these foresee of them, all else by what the scores foresee of the original's. */
function simulationOf(
  sites: ReadonlyMap<string, ManifestSite>,
  { original }: AlgorithmScoring,
  explained: ReadonlyMap<string, number>,
  scores: number,
): number {
  const ids = original.blocks.flatMap(({ attention }, block) => [
    ...attention.heads.map((_, head) => headId(block, head)),
    mlpId(block),
  ]);
  const priceOf = (id: string): number => sites.get(id)?.price ?? 0;
  const total = ids.reduce((sum, id) => sum + priceOf(id), 0);
  if (total === 0) return scores;
  return ids.reduce((sum, id) => sum + priceOf(id) * (explained.get(id) ?? scores), 0) / total;
}

/** Documents that changes and heads are measured in. */
const DETAILED_DOCUMENTS = 200;

/** Averages that a head is judged by for which none stands. */
const MOST_FEATURES = 12;

/** Positions that it is measured on how much scores depend on what heads write. */
const METRIC_DOCUMENTS = 100;

function judgedHeads(
  { original, sites, outline, decision }: AlgorithmScoring,
  calibrate: readonly TokenDocument[],
): (JudgedHead & { readonly isClaimed: boolean })[] {
  const documents = calibrate.slice(0, METRIC_DOCUMENTS);
  const model = new ObservedModel(original);
  const observations = model.observe(documents);
  const roots = original.blocks.map((_, block) => squareRoot(streamMetric(model, observations, block, decision)));
  return original.blocks.flatMap(({ attention }, block) =>
    attention.heads.flatMap((_, head) => {
      const site = sites.get(headId(block, head));
      const own = (site?.averages ?? []).filter((index) => index < outline.averages.length);
      const pattern = site?.pattern !== undefined && site.pattern < outline.patterns ? site.pattern : undefined;
      // What nothing stands for is either in what all averages say, or unexplained.
      const isClaimed = own.length > 0 || pattern !== undefined;
      const averages = isClaimed ? own : outline.averages.map((_, index) => index).slice(0, MOST_FEATURES);
      if (outline.averages.length + outline.patterns === 0) return [];
      return [{ block, head, averages, pattern, root: [...(roots[block] ?? [])], isClaimed }];
    }),
  );
}

function meansOf(sums: readonly OriginalSums[]): AlgorithmOptions["means"] & { readonly averages: readonly number[] } {
  const positions = sums.reduce((sum, part) => sum + part.positions, 0);
  const mean = (of: (part: OriginalSums) => readonly number[]): number[] => {
    const total: number[] = [];
    for (const part of sums) of(part).forEach((value, index) => (total[index] = (total[index] ?? 0) + value));
    return total.map((value) => value / positions);
  };
  const [first] = sums;
  return {
    heads: (first?.heads ?? []).map((heads, block) =>
      heads.map((_, head) => mean((part) => part.heads[block]?.[head] ?? [])),
    ),
    mlps: (first?.mlps ?? []).map((_, block) => mean((part) => part.mlps[block] ?? [])),
    averages: mean(({ averages }) => averages),
  };
}

function trialsOf({ outline, words, seed }: AlgorithmScoring, means: readonly number[]): Trial[] {
  const averages = outline.averages.map((own, average): Trial => {
    const random = createRandom(seed, average);
    return {
      id: `average${average}`,
      without: { at: "average", average, value: means[average] ?? 0 },
      rivals:
        own.words.length === 0
          ? []
          : Array.from({ length: RIVALS }, () => ({
              at: "worth" as const,
              average,
              words: otherWords(own.words, words, random),
            })),
    };
  });
  const cases = outline.cases.map(({ scores }, index): Trial => ({
    id: `case${index}`,
    without: { at: "case", case: index },
    rivals:
      scores < 2
        ? []
        : Array.from({ length: RIVALS }, (_, time) => ({
            at: "scores" as const,
            case: index,
            seeds: [seed, index, time] as const,
          })),
  }));
  return [...averages, ...cases];
}

/** As many tokens, drawn without repetition, that are not the same in the same places. */
function otherWords(own: readonly string[], words: readonly string[], random: () => number): string[] {
  for (;;) {
    const left = [...words];
    const drawn = own.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as string);
    if (own.length === 0 || words.length < 2 || drawn.some((word, index) => word !== own[index])) return drawn;
  }
}

function falsified(
  trials: readonly Trial[],
  whole: number,
  changed: readonly number[],
): Report["explanation"]["falsification"] {
  let next = 0;
  const failed = trials.flatMap(({ id, rivals }) => {
    const without = changed[next++] ?? 0;
    const others = rivals.map(() => changed[next++] ?? 0);
    const mean = others.reduce((sum, value) => sum + value, 0) / Math.max(1, others.length);
    return without > whole && (others.length === 0 || mean > whole) ? [] : [id];
  });
  return { rules: trials.length, passed: trials.length - failed.length, ...(failed.length > 0 && { failed }) };
}
