/**
 * Exact passes, proposers and the selector. Knows programs and profiles; measures only through what it is given,
 * and never opens text: documents come in.
 */
export * from "./algorithm/index.ts";
export { allowanceOf, type Allowance } from "./allowance.ts";
export { applyReplacements } from "./apply.ts";
export type { Candidate, Proposer, Replacement } from "./candidate.ts";
export { canonicalise } from "./exact/index.ts";
export { checkLeftOut, STEPS } from "./leave-out.ts";
export { numbered, type LedgerEntry } from "./ledger.ts";
export { simplify, type SimplifyInput } from "./simplify.ts";
export type { Measure, Measured } from "./select.ts";
export type { Surveys } from "./surveyed.ts";
export type { Workshop } from "./workshop.ts";
export * from "./options.ts";
export * from "./shortcuts/index.ts";
