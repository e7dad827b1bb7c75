import type { Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { bootstrapRatio, type Interval, type Share } from "./bootstrap.ts";
import type { Engine } from "./engine.ts";
import type { JobWatch } from "./job.ts";
import type { CompareOptions } from "./jobs/compare.ts";

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

/** Runs two programs on the same documents: one result a document, in their order. */
export function compare(
  engine: Engine,
  original: Program,
  candidate: Program,
  documents: readonly TokenDocument[],
  { decision, ...watch }: CompareOptions & JobWatch,
): Promise<DocumentFidelity[]> {
  const job = new URL("./jobs/compare.ts", import.meta.url);
  return engine.map(job, { programs: { original, candidate }, options: { decision } }, documents, watch);
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
