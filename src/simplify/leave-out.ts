import { CompilerError } from "../errors.ts";
import { REFITS } from "./options.ts";
import { proposers } from "./propose/index.ts";

/** What an ablation can leave out: proposers and refit steps, by name. */
export const STEPS: readonly string[] = [
  ...proposers.map(({ name }) => name),
  ...REFITS.filter((refit) => refit !== "none"),
];

/**
 * Makes sure that every name is one of a proposer or of a refit step.
 *
 * @throws CompilerError step-unknown
 */
export function checkLeftOut(names: readonly string[]): void {
  const name = names.find((each) => !STEPS.includes(each));
  if (name !== undefined) throw CompilerError.of("step-unknown", { name, known: STEPS });
}
