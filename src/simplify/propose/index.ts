import type { Proposer } from "../candidate.ts";
import type { SimplifyOptions } from "../options.ts";
import { constantHeads } from "./constant-heads.ts";
import { constantNeurons } from "./constant-neurons.ts";
import { matchHeads } from "./match-heads.ts";
import { narrowHeads } from "./narrow-heads.ts";
import { positionalKernels } from "./positional-kernels.ts";
import { symbolicHeads } from "./symbolic-heads.ts";
import { predicateNeurons } from "./predicate-neurons.ts";
import { tokenMoves } from "./token-moves.ts";
import { tokenTables } from "./token-tables.ts";
import { tokenSetNeurons } from "./token-set-neurons.ts";

/** Every proposer, in the order in which equal candidates are tried. */
export const proposers: readonly Proposer[] = [
  narrowHeads,
  constantNeurons,
  constantHeads,
  positionalKernels,
  symbolicHeads,
  matchHeads,
  tokenMoves,
  tokenTables,
  tokenSetNeurons,
  predicateNeurons,
];

/** What the baseline of FINDINGS 5 has: everything else is left out. */
const BASELINE: ReadonlySet<string> = new Set([
  "constant-neurons",
  "constant-heads",
  "positional-kernels",
  "symbolic-heads",
  "token-tables",
]);

/** The proposers that a strategy has, without those that are to be left out. */
export function proposersFor({ strategy, without }: SimplifyOptions): readonly Proposer[] {
  return proposers.filter(({ name }) => !without.includes(name) && (strategy === "full" || BASELINE.has(name)));
}
