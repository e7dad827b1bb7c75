import { bootstrapRatio, CONFIDENT_MARGIN, type RowComparison, type Share } from "../engine/index.ts";
import type { DomainFidelity, Interval, MarginBin, Report } from "../report/index.ts";

/**
 * Lower ends of the ranges of the original's margin, in nats. Below the first step lies what rounding alone may flip
 * (exact passes move a logit by less than 1e-4, so a margin by less than 2e-4).
 */
export const MARGINS: readonly number[] = [0, 2e-4, 0.01, 0.1, CONFIDENT_MARGIN, 1, 3];
const CONFIDENT = MARGINS.indexOf(CONFIDENT_MARGIN);
const BEYOND_ROUNDING = 1;

/** What comparing one window of a document came to: sums over its scored positions. */
export interface DocumentComparison {
  /** The document's name: windows of one document count as one in matches and intervals. */
  readonly id: string;
  readonly domain: string;
  readonly kl: number;
  /** The same of the program without its shortcuts. */
  readonly modelKl: number;
  /** Scored positions that a shortcut decides. */
  readonly decided: number;
  readonly ceDelta: number;
  /** Scored positions whose next token is known. */
  readonly nextTokens: number;
  /** Scored positions and flips, one entry for each of MARGINS. */
  readonly bins: readonly { readonly positions: number; readonly flips: number }[];
}

/** How far a continuation is from the original's, in words. */
export interface ContinuationComparison {
  readonly id: string;
  readonly edits: number;
  readonly words: number;
}

/** Adds up the rows of one window. */
export class ComparisonSum {
  #kl = 0;
  #modelKl = 0;
  #decided = 0;
  #ceDelta = 0;
  #nextTokens = 0;
  readonly #bins = MARGINS.map(() => ({ positions: 0, flips: 0 }));

  /**
   * @param ceDelta how much more surprised the program is by the next token, where that is known
   * @param modelKl KL of the program without its shortcuts, where one of them decides
   */
  add({ flip, margin, kl }: RowComparison, ceDelta?: number, modelKl?: number): void {
    this.#kl += kl;
    this.#modelKl += modelKl ?? kl;
    if (modelKl !== undefined) this.#decided++;
    if (ceDelta !== undefined) {
      this.#ceDelta += ceDelta;
      this.#nextTokens++;
    }
    const bin = this.#bins[binOf(margin)];
    if (!bin) return;
    bin.positions++;
    if (flip) bin.flips++;
  }

  of(document: { readonly id: string; readonly domain: string }): DocumentComparison {
    const { id, domain } = document;
    return {
      id,
      domain,
      kl: this.#kl,
      modelKl: this.#modelKl,
      decided: this.#decided,
      ceDelta: this.#ceDelta,
      nextTokens: this.#nextTokens,
      bins: this.#bins,
    };
  }
}

/** The fidelity section of a report. Sums run in the order of the documents. */
export function summariseFidelity(
  documents: readonly DocumentComparison[],
  continuations: readonly ContinuationComparison[],
  options: { readonly seed: number; readonly isText: boolean },
): Report["fidelity"] {
  const domains = [...new Set(documents.map(({ domain }) => domain))];
  const { documents: count, ...overall } = summariseDomain(documents, options);
  return {
    ...overall,
    wer: options.isText ? wordErrorRate(continuations, options.seed) : null,
    agreementByMargin: MARGINS.map((_, index) => marginBin(documents, index)),
    byDomain: Object.fromEntries(
      domains.map((name) => [
        name,
        summariseDomain(
          documents.filter(({ domain }) => domain === name),
          options,
        ),
      ]),
    ),
    documents: count,
    continuations: continuations.length,
  };
}

/** KL(original || program without its shortcuts) per position of some documents. */
export function klOf(documents: readonly DocumentComparison[]): number {
  const positions = total(documents, (document) => positionsOf(document));
  return positions === 0 ? 0 : total(documents, ({ modelKl }) => modelKl) / positions;
}

/** Share of positions that a shortcut decides. */
export function decidedShare(documents: readonly DocumentComparison[]): number {
  const positions = total(documents, (document) => positionsOf(document));
  return positions === 0 ? 0 : total(documents, ({ decided }) => decided) / positions;
}

/** Whether no position flips but those that rounding alone may flip. */
export function isExact({ agreementByMargin }: Pick<Report["fidelity"], "agreementByMargin">): boolean {
  return agreementByMargin.slice(BEYOND_ROUNDING).every(({ flips }) => flips === 0);
}

function summariseDomain(
  documents: readonly DocumentComparison[],
  { seed, isText }: { readonly seed: number; readonly isText: boolean },
): DomainFidelity {
  const ratio = (sum: (document: DocumentComparison) => number, count = positionsOf): Interval =>
    bootstrapRatio(
      documents.map((document): Share => ({ cluster: document.id, sum: sum(document), count: count(document) })),
      seed,
    );
  const confidentFlips = (document: DocumentComparison): number => flipsOf(document, CONFIDENT);
  const confident = (document: DocumentComparison): number => positionsOf(document, CONFIDENT);
  return {
    documents: new Set(documents.map(({ id }) => id)).size,
    positions: total(documents, (document) => positionsOf(document)),
    flips: ratio((document) => flipsOf(document)),
    confidentFlips: ratio(confidentFlips, confident),
    match: matches(documents, seed),
    kl: ratio(({ kl }) => kl),
    ceDelta: isText
      ? ratio(
          ({ ceDelta }) => ceDelta,
          ({ nextTokens }) => nextTokens,
        )
      : null,
  };
}

/** Share of documents without a flip in any of their windows. */
function matches(documents: readonly DocumentComparison[], seed: number): Interval {
  const flips = new Map<string, number>();
  for (const document of documents) flips.set(document.id, (flips.get(document.id) ?? 0) + flipsOf(document));
  return bootstrapRatio(
    [...flips].map(([cluster, count]): Share => ({ cluster, sum: count === 0 ? 1 : 0, count: 1 })),
    seed,
  );
}

function wordErrorRate(continuations: readonly ContinuationComparison[], seed: number): Interval {
  return bootstrapRatio(
    continuations.map(({ id, edits, words }): Share => ({ cluster: id, sum: edits, count: words })),
    seed,
  );
}

function marginBin(documents: readonly DocumentComparison[], index: number): MarginBin {
  const positions = total(documents, ({ bins }) => bins[index]?.positions ?? 0);
  const flips = total(documents, ({ bins }) => bins[index]?.flips ?? 0);
  return {
    from: MARGINS[index] ?? 0,
    below: MARGINS[index + 1] ?? null,
    positions,
    flips: positions === 0 ? 0 : flips / positions,
  };
}

function binOf(margin: number): number {
  return MARGINS.findLastIndex((from) => margin >= from);
}

function positionsOf({ bins }: DocumentComparison, fromBin = 0): number {
  return total(bins.slice(fromBin), ({ positions }) => positions);
}

function flipsOf({ bins }: DocumentComparison, fromBin = 0): number {
  return total(bins.slice(fromBin), ({ flips }) => flips);
}

function total<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
