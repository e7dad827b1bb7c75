import type { Progress } from "./progress.ts";

/** Seconds that a stage took. */
export interface Timing {
  readonly stage: string;
  readonly seconds: number;
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
    this.timings.push({ stage, seconds: (performance.now() - started) / 1000 });
    return result;
  }
}
