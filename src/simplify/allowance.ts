import type { Budget } from "../budget.ts";

/** What the selector may spend: a limit on the upper end of one measured interval. */
export interface Allowance {
  readonly metric: "kl" | "flips";
  /** Infinity where everything is to become rules, whatever it costs. */
  readonly limit: number;
}

/** Flips are about this constant times the square root of KL for compiled programs of a million parameters. */
export const FLIPS_PER_ROOT_KL = 0.8;

/** The KL that an allowance comes to, before anything is measured. */
export function expectedKl({ metric, limit }: Allowance): number {
  return metric === "kl" ? limit : (limit / FLIPS_PER_ROOT_KL) ** 2;
}

/**
 * What the selector may spend for a budget; undefined for an exact one. A word error rate of greedy continuations is about
 * ten times the share of flips, and too noisy to choose by; the score then measures it.
 */
export function allowanceOf({ metric, limit }: Budget): Allowance | undefined {
  switch (metric) {
    case "exact":
      return undefined;
    case "rules":
      return { metric: "kl", limit: Infinity };
    case "wer":
      return { metric: "flips", limit: limit / 10 };
    case "flips":
    case "kl":
      return { metric, limit };
  }
}
