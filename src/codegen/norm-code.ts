import type { NormNode } from "../ir/index.ts";

/** A layer norm as an object; its gain and bias come from `weights` where it still has them. */
export function normCode({ epsilon, gain }: NormNode, weights: string): string {
  return `{ epsilon: ${epsilon < 1e-3 ? epsilon.toExponential() : String(epsilon)}${gain ? `, ...${weights}` : ""} }`;
}
