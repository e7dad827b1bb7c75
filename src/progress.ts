/**
 * What a long piece of work tells about itself while it runs. The work never prints: who started it decides where this goes.
 */
export interface Progress {
  /** A new stage begins, such as "profile"; `total` is its number of steps where it is known. */
  stage(name: string, total?: number): void;
  /** `done` of `total` equal steps of the present stage are finished; `pace` says how fast, where that says more. */
  step(done: number, total: number, pace?: string): void;
  /** Something the person should know that is no failure. */
  note(text: string): void;
}

/** Progress that nobody watches. */
export const silentProgress: Progress = { stage() {}, step() {}, note() {} };
