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
 * How much a selection may spend, as a factor on the limit, so that refitting brings it back within: what stands has been
 * refitted, so that only of what is newly lost a part is won back. KL adds up, and flips go with its square root.
 *
 * @param used share of the limit that what stands takes
 * @param gain how many times less is lost after a refit than before it, in the allowance's metric
 */
export function spendable({ metric }: Pick<Allowance, "metric">, used: number, gain: number): number {
  const power = metric === "kl" ? 1 : 2;
  return (used ** power + (1 - used ** power) * gain ** power) ** (1 / power);
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
