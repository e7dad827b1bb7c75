import type { Interval } from "../engine/index.ts";
import type { Program } from "../ir/index.ts";
import { FLIPS_PER_ROOT_KL, type Allowance } from "./allowance.ts";
import { applyReplacements } from "./apply.ts";
import { TakenSites } from "./taken-sites.ts";
import type { Candidate } from "./candidate.ts";
import type { LedgerEntry } from "./ledger.ts";

/** What a candidate program costs on text that nothing was fitted on. */
export interface Measured {
  /** How many positions were decided. */
  readonly positions: number;
  readonly kl: Interval;
  readonly flips: Interval;
}

/** What was chosen. */
export interface Selected {
  readonly program: Program;
  readonly accepted: readonly Candidate[];
  /** Of the program; undefined where nothing was accepted. */
  readonly measured: Measured | undefined;
  readonly ledger: Omit<LedgerEntry, "step">[];
}

/** Runs a program on held-out text against the original; `changes` name what was replaced, and so the program. */
export type Measure = (program: Program, changes: readonly string[]) => Promise<Measured>;

/** How much longer the text is that is reported on, by default. */
const REPORTED = 5 / 3;

/** Half widths of a 95 % interval that one measurement in twenty exceeds. */
const ONE_IN_TWENTY = 1.645 / 1.96;

/**
 * How far above a measured value the upper end of the reported interval may lie, in half widths of the measured 95 % interval:
 * the difference of the two measurements, and the reported one's own half width.
 */
const HALF_WIDTHS = ONE_IN_TWENTY * Math.sqrt(1 + 1 / REPORTED) + Math.sqrt(1 / REPORTED);

/**
 * Flips that may hide where none is seen: a Poisson count of zero has this upper 97.5 % bound, while resampling documents
 * without a flip gives an interval without width.
 */
const UNSEEN_FLIPS = 3.69;

/** Part of what is left that one batch may take. */
const BATCH_SHARE = 0.6;

/** A candidate whose predicted KL is this many times what is left waits until more is known. */
const HOPELESS = 2;

/** A selection that uses this share of its allowance is done: what little is left is not worth measuring for. */
const NEARLY_ALL = 0.93;

/** Programs measured at most; each one reads all of the held-out text. */
const MEASUREMENTS = 14;

/** Single candidates that may fail in a row before the allowance counts as spent. */
const FAILURES = 3;

/**
 * Chooses candidates by bits saved per predicted KL: commits part of the allowance at a time, measures the whole
 * program, halves a batch that misbehaves until the culprit is alone, and stops when nothing more fits.
 * Every candidate ends up in the ledger, accepted or rejected, with its numbers and the reason.
 *
 * @param standing of the program as it comes; undefined where it loses nothing yet
 */
export async function select(
  program: Program,
  candidates: readonly Candidate[],
  allowance: Allowance,
  measure: Measure,
  onStep: (accepted: number, measurements: number) => void = () => {},
  standing?: Measured,
): Promise<Selected> {
  const state = new Selection(program, allowance, measure, onStep, standing);
  let waiting = ranked(candidates);
  while (waiting.length > 0 && !state.exhausted) {
    const open = waiting.filter((candidate) => !state.settled(candidate));
    const batch = state.nextBatch(open);
    if (batch.length === 0) break;
    await state.commit(batch);
    waiting = open.filter((candidate) => !batch.includes(candidate));
  }
  state.rejectRest(ranked(candidates));
  return {
    program: state.current,
    accepted: state.accepted,
    measured: state.accepted.length > 0 ? state.last : undefined,
    ledger: state.ledger,
  };
}

/** Highest weighted bits saved per cautious KL first; the site's name decides between equals. Nothing that saves no bits. */
function ranked(candidates: readonly Candidate[]): Candidate[] {
  const worth = ({ bitsSaved, weight = 1, cautiousKl }: Candidate) =>
    (bitsSaved * weight) / Math.max(cautiousKl, 1e-12);
  return candidates
    .filter(({ bitsSaved }) => bitsSaved > 0)
    .sort((a, b) => worth(b) - worth(a) || (a.site < b.site ? -1 : a.site > b.site ? 1 : 0));
}

class Selection {
  accepted: Candidate[] = [];
  current: Program;
  readonly ledger: Omit<LedgerEntry, "step">[] = [];
  readonly #original: Program;
  readonly #allowance: Allowance;
  readonly #measure: Measure;
  readonly #onStep: (accepted: number, measurements: number) => void;
  readonly #rejected = new Set<Candidate>();
  /** Sites of what was accepted. */
  readonly #taken = new TakenSites();
  #measurements = 0;
  #failures = 0;
  #predicted = 0;
  /** KL of the program as it came. */
  readonly #begun: number;
  last: Measured | undefined;

  constructor(
    original: Program,
    allowance: Allowance,
    measure: Measure,
    onStep: (accepted: number, measurements: number) => void,
    standing: Measured | undefined,
  ) {
    this.last = standing;
    this.#begun = standing?.kl.value ?? 0;
    this.#original = original;
    this.current = original;
    this.#allowance = allowance;
    this.#measure = measure;
    this.#onStep = onStep;
  }

  get exhausted(): boolean {
    return this.#measurements >= MEASUREMENTS || this.#failures >= FAILURES || this.#nearlySpent();
  }

  /** Whether the candidate was rejected, or its head already has another replacement. */
  settled(candidate: Candidate): boolean {
    return this.#rejected.has(candidate) || this.#taken.has(candidate.site);
  }

  /** The best candidates, one a site, whose predicted KL fills a share of what is left; at least the cheapest. */
  nextBatch(open: readonly Candidate[]): Candidate[] {
    const left = this.#klLimit() - (this.last?.kl.value ?? 0);
    const room = BATCH_SHARE * left;
    const hopeful = open.filter(({ cautiousKl }) => cautiousKl * this.#calibration() <= HOPELESS * left);
    if (hopeful.length === 0) return cheapest(open);
    const sites = new TakenSites();
    const batch: Candidate[] = [];
    let predicted = 0;
    for (const candidate of hopeful) {
      if (sites.has(candidate.site)) continue;
      const cost = candidate.cautiousKl * this.#calibration();
      if (batch.length > 0 && predicted + cost > room) break;
      sites.add(candidate.site);
      batch.push(candidate);
      predicted += cost;
    }
    return batch;
  }

  /** Takes the batch if the program stays within the allowance; otherwise its halves, one after the other. */
  async commit(batch: readonly Candidate[]): Promise<void> {
    if (this.exhausted) return;
    const trial = [...this.accepted, ...batch];
    const program = applyReplacements(
      this.#original,
      trial.map(({ replacement }) => replacement),
    );
    const changes = trial.map(({ site, proposer }) => `${site} ${proposer}`);
    const measured = await this.#measure(program, changes);
    this.#measurements++;
    if (foreseenUse(measured, this.#allowance) <= this.#allowance.limit) {
      this.accepted = trial;
      this.current = program;
      this.last = measured;
      this.#predicted += batch.reduce((sum, { cautiousKl }) => sum + cautiousKl, 0);
      this.#failures = 0;
      for (const candidate of batch) {
        this.#taken.add(candidate.site);
        this.#note("accepted", candidate, candidate.evidence, measured);
      }
      this.#onStep(this.accepted.length, this.#measurements);
    } else if (batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      await this.commit(batch.slice(0, middle));
      await this.commit(batch.slice(middle));
    } else {
      this.#failures++;
      for (const candidate of batch) {
        this.#rejected.add(candidate);
        this.#note(
          "rejected",
          candidate,
          `with it the program would leave the budget; ${candidate.evidence}`,
          measured,
        );
      }
      this.#onStep(this.accepted.length, this.#measurements);
    }
  }

  /** Writes down every candidate that was neither accepted nor rejected so far. */
  rejectRest(all: readonly Candidate[]): void {
    const accepted = new Set(this.accepted);
    for (const candidate of all) {
      if (accepted.has(candidate) || this.#rejected.has(candidate)) continue;
      const reason = this.#taken.has(candidate.site)
        ? "another replacement of the same site was accepted"
        : "the budget was spent before its turn";
      this.#note("rejected", candidate, `${reason}; ${candidate.evidence}`);
    }
  }

  #nearlySpent(): boolean {
    return this.last !== undefined && foreseenUse(this.last, this.#allowance) >= NEARLY_ALL * this.#allowance.limit;
  }

  /** KL at which the allowance would be spent, as far as is known. */
  #klLimit(): number {
    const { metric, limit } = this.#allowance;
    const { last } = this;
    const known = last !== undefined && last.kl.value > 1e-9;
    if (metric === "kl") return known ? (limit * last.kl.value) / foreseen(last.kl) : limit;
    const perRoot = known ? foreseen(last.flips) / Math.sqrt(last.kl.value) : FLIPS_PER_ROOT_KL;
    const root = limit / Math.max(perRoot, 1e-3);
    return root * root;
  }

  /** Measured over predicted KL of what was accepted so far. */
  #calibration(): number {
    if (!this.last || this.#predicted <= 0) return 1;
    return Math.min(4, Math.max(0.5, (this.last.kl.value - this.#begun) / this.#predicted));
  }

  #note(action: "accepted" | "rejected", candidate: Candidate, reason: string, measured?: Measured): void {
    this.ledger.push({
      action,
      pass: candidate.proposer,
      site: candidate.site,
      reason,
      bitsSaved: candidate.bitsSaved,
      ...(candidate.explained !== undefined && { explained: significant(candidate.explained) }),
      predictedKl: significant(candidate.predictedKl),
      ...(measured && {
        measuredKl: significant(measured.kl.value),
        flips: significant(measured.flips.value),
        flipsHigh: significant(measured.flips.high),
      }),
    });
  }
}

/** The one with the least predicted KL, the first among equals; none of none. */
function cheapest(candidates: readonly Candidate[]): Candidate[] {
  const least = candidates.reduce((best, { cautiousKl }) => Math.min(best, cautiousKl), Infinity);
  return candidates.filter(({ cautiousKl }) => cautiousKl === least).slice(0, 1);
}

/** Where the upper end of the allowance's metric may be found on other text. */
export function foreseenUse({ positions, kl, flips }: Measured, { metric }: Pick<Allowance, "metric">): number {
  if (metric === "kl") return foreseen(kl);
  return Math.max(foreseen(flips), flips.value + UNSEEN_FLIPS / positions);
}

/** Where the upper end of the interval may be found on other text. */
function foreseen({ value, high }: Interval): number {
  return value + HALF_WIDTHS * (high - value);
}

/** Six significant digits: enough to read, few enough to be stable. */
export const significant = (value: number): number => Number(value.toPrecision(6));
