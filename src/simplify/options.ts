/** How programs are simplified. */

/** "full" is everything that pays; "baseline" is what FINDINGS measured first, kept as the mark to beat. */
export const STRATEGIES = ["full", "baseline"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** How far what remains is fitted again: each step includes the ones before it. */
export const REFITS = ["none", "ridge", "distil"] as const;
export type Refit = (typeof REFITS)[number];

/** What a user can choose of the simplifier. */
export interface SimplifyOptions {
  readonly strategy: Strategy;
  readonly refit: Refit;
  /** Names of proposers and refit steps to leave out, for ablations. */
  readonly without: readonly string[];
}

/** What a compilation does that says nothing of it. */
export const DEFAULT_SIMPLIFY: SimplifyOptions = { strategy: "full", refit: "ridge", without: [] };
