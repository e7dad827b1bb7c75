import { CompilerError } from "../errors.ts";
import { RECOGNISE } from "./algorithm/index.ts";
import { REFITS } from "./options.ts";
import { proposers } from "./propose/index.ts";

/** What an ablation can leave out: recognising small models whole, proposers and refit steps, by name. */
export const STEPS: readonly string[] = [
  RECOGNISE,
  ...proposers.map(({ name }) => name),
  ...REFITS.filter((refit) => refit !== "none"),
];

/**
 * Makes sure that every name is one of those.
 *
 * @throws CompilerError step-unknown
 */
export function checkLeftOut(names: readonly string[]): void {
  const name = names.find((each) => !STEPS.includes(each));
  if (name !== undefined) throw CompilerError.of("step-unknown", { name, known: STEPS });
}
