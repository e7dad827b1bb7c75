import type { Program } from "../ir/index.ts";
import type { Decision, TokenDocument } from "../text/index.ts";
import { bootstrapRatio, type Interval, type Share } from "./bootstrap.ts";
import type { Engine } from "./engine.ts";
import type { JobWatch } from "./job.ts";
import type { ComparedDocument, CompareOptions } from "./jobs/compare.ts";
import { sharedFloats } from "./shared-floats.ts";

/** How a program differs from the original in one document. */
export interface DocumentFidelity {
  /** The document's id: documents that share it are resampled together. */
  readonly cluster: string;
  readonly domain: string;
  /** Scored positions. */
  readonly positions: number;
  /** Positions with another answer. */
  readonly flips: number;
  /** Positions at which the original has a margin of at least 0.3 nats, and flips there. */
  readonly confidentPositions: number;
  readonly confidentFlips: number;
  /** Sum of KL(original || program) over positions, in nats. */
  readonly kl: number;
}

/** How a program differs from the original, with 95 % intervals. */
export interface Fidelity {
  readonly positions: number;
  /** Share of positions with another answer. */
  readonly flips: Interval;
  /** The same where the original is confident. */
  readonly confidentFlips: Interval;
  /** Nats a position. */
  readonly kl: Interval;
}

/** Most scores of the original that are kept between comparisons: 512 MiB. */
const KEPT_SCORES = 2 ** 27;

/** Compares many candidates with one program on the same documents; the program's own scores are computed once. */
export class Comparison {
  readonly #engine: Engine;
  readonly #original: Program;
  readonly #items: readonly ComparedDocument[];
  readonly #decision: Decision;
  #originalKept = false;

  /** @param keep whether to keep the original's scores, as far as memory allows, for further candidates */
  constructor(
    engine: Engine,
    original: Program,
    documents: readonly TokenDocument[],
    { decision, keep = true }: { readonly decision: Decision; readonly keep?: boolean },
  ) {
    this.#engine = engine;
    this.#original = original;
    this.#decision = decision;
    const { vocabulary } = original;
    const keeps = keep && documents.reduce((sum, { scored }) => sum + scored.length * vocabulary, 0) <= KEPT_SCORES;
    this.#items = documents.map((document) => ({
      document,
      ...(keeps && { original: sharedFloats(document.scored.length * vocabulary) }),
    }));
  }

  /** One result a document, in their order. */
  async with(candidate: Program, watch: JobWatch = {}): Promise<DocumentFidelity[]> {
    const originalKept = this.#originalKept;
    const programs = { candidate, ...(!originalKept && { original: this.#original }) };
    const options: CompareOptions = { decision: this.#decision, originalKept };
    const job = new URL("./jobs/compare.ts", import.meta.url);
    const results = await this.#engine.map<CompareOptions, ComparedDocument, DocumentFidelity>(
      job,
      { programs, options },
      this.#items,
      watch,
    );
    this.#originalKept = this.#items.length > 0 && this.#items.every(({ original }) => original !== undefined);
    return results;
  }
}

/** Runs two programs on the same documents: one result a document, in their order. See Comparison for many candidates. */
export function compare(
  engine: Engine,
  original: Program,
  candidate: Program,
  documents: readonly TokenDocument[],
  { decision, ...watch }: { readonly decision: Decision } & JobWatch,
): Promise<DocumentFidelity[]> {
  return new Comparison(engine, original, documents, { decision, keep: false }).with(candidate, watch);
}

/** Adds documents up; the intervals are bootstrapped over clusters. */
export function summarise(results: readonly DocumentFidelity[], seed: number): Fidelity {
  const ratio = (sum: (result: DocumentFidelity) => number, count: (result: DocumentFidelity) => number): Interval =>
    bootstrapRatio(
      results.map((result): Share => ({ cluster: result.cluster, sum: sum(result), count: count(result) })),
      seed,
    );
  return {
    positions: results.reduce((sum, { positions }) => sum + positions, 0),
    flips: ratio(
      ({ flips }) => flips,
      ({ positions }) => positions,
    ),
    confidentFlips: ratio(
      ({ confidentFlips }) => confidentFlips,
      ({ confidentPositions }) => confidentPositions,
    ),
    kl: ratio(
      ({ kl }) => kl,
      ({ positions }) => positions,
    ),
  };
}
