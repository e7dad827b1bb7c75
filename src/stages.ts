import type { Progress } from "./progress.ts";

/** What a stage took. */
export interface Timing {
  readonly stage: string;
  readonly seconds: number;
  /** The most memory that the process, workers included, has had up to the end of the stage. */
  readonly peakMemoryBytes: number;
}

/** Runs the stages one after the other, says which one runs, and keeps their times. */
export class Stages {
  readonly timings: Timing[] = [];
  readonly #progress: Progress;
  readonly #signal: AbortSignal;

  constructor(progress: Progress, signal: AbortSignal) {
    this.#progress = progress;
    this.#signal = signal;
  }

  /** Runs one stage; rejects with the signal's reason where it is aborted before the stage begins. */
  async run<Result>(stage: string, work: () => Result | Promise<Result>): Promise<Result> {
    this.#signal.throwIfAborted();
    this.#progress.stage(stage);
    const started = performance.now();
    const result = await work();
    const seconds = (performance.now() - started) / 1000;
    this.timings.push({ stage, seconds, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 });
    return result;
  }
}
