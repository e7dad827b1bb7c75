import { pruned, verify, type Program } from "../ir/index.ts";
import type { Profile } from "../profile/index.ts";
import type { Allowance } from "./allowance.ts";
import { expandPaths } from "./exact/expand-paths.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { SimplifyOptions } from "./options.ts";
import { proposers } from "./propose/index.ts";
import { select, type Measure } from "./select.ts";

/** What the simplifier works with. */
export interface SimplifyInput {
  /** The program after the exact passes. */
  readonly program: Program;
  readonly profile: Profile;
  /** What may be lost; undefined where nothing may. */
  readonly allowance: Allowance | undefined;
  /** Runs a program on held-out text against the original. */
  readonly measure: Measure;
  readonly options: SimplifyOptions;
  readonly onStep?: (accepted: number, measurements: number) => void;
}

/** Proposers propose, the selector chooses: the simplified program and what was decided about every candidate. */
export async function simplify(
  input: SimplifyInput,
): Promise<{ program: Program; ledger: Omit<LedgerEntry, "step">[] }> {
  const { program, profile, allowance, measure, options, onStep } = input;
  if (!allowance) return { program, ledger: [] };
  const used = proposers.filter(({ name }) => !options.without.includes(name));
  const candidates = used.flatMap((proposer) => proposer.propose(program, profile));
  const chosen = await select(program, candidates, allowance, measure, onStep);
  // What became constant is no longer a source of anything.
  const simplified = expandPaths.apply(pruned(chosen.program));
  verify(simplified, "simplify");
  return { program: simplified, ledger: chosen.ledger };
}
