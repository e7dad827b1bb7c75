import type { Progress } from "../progress.ts";

/** The measurements in their order, with about how much of the time each takes, in per cent. */
const PHASES = { fidelity: 45, continuations: 15, bits: 15, recovery: 10, simulation: 5, falsification: 10 } as const;

/** The name of a measurement. */
export type Phase = keyof typeof PHASES;

const ALL = Object.values(PHASES).reduce((sum, share) => sum + share, 0);

/** Tells the progress of all measurements as one number. */
export class PhaseProgress {
  readonly #progress: Progress;
  #before = 0;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Told of a phase's own steps. */
  within(phase: Phase): (done: number, total: number) => void {
    return (done, total) => {
      this.#progress.step(this.#before + (PHASES[phase] * done) / total, ALL);
    };
  }

  end(phase: Phase): void {
    this.#before += PHASES[phase];
    this.#progress.step(this.#before, ALL);
  }
}
