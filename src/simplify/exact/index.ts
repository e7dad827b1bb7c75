/**
 * Exact passes: the same function in a simpler form. Each is a pure function Program -> Program that leaves every logit
 * where it was, up to rounding, and may not look at text.
 */
import { SPLIT_HEADS, verify, type Program } from "../../ir/index.ts";
import { numbered, type LedgerEntry } from "../ledger.ts";
import { centreWrites } from "./centre-writes.ts";
import { dropKeyBiases } from "./drop-key-biases.ts";
import { expandPaths } from "./expand-paths.ts";
import { foldNorms } from "./fold-norms.ts";
import { moveValueBiases } from "./move-value-biases.ts";
import { nameTokenSets } from "./name-token-sets.ts";
import { orderNeurons } from "./order-neurons.ts";
import { counted, type ExactPass } from "./pass.ts";

export type { ExactPass } from "./pass.ts";

/** Every exact pass, in the order in which they run; `tokenTexts` is the decoded text of every token, by id. */
export const exactPasses = (tokenTexts: readonly string[]): readonly ExactPass[] => [
  foldNorms,
  dropKeyBiases,
  moveValueBiases,
  centreWrites,
  orderNeurons,
  nameTokenSets(tokenTexts),
  expandPaths,
];

/** Runs every exact pass on a lifted program, verifies after each, and writes down what each removed. */
export function canonicalise(
  program: Program,
  tokenTexts: readonly string[],
): { program: Program; ledger: LedgerEntry[] } {
  verify(program, SPLIT_HEADS);
  const entries = [exact(SPLIT_HEADS, splitSentence(program))];
  let current = program;
  for (const pass of exactPasses(tokenTexts)) {
    const next = pass.apply(current);
    if (next !== current) verify(next, pass.name);
    entries.push(exact(pass.name, pass.removed(current, next)));
    current = next;
  }
  return { program: current, ledger: numbered(entries) };
}

const exact = (pass: string, reason: string): Omit<LedgerEntry, "step"> => ({
  action: "exact",
  pass,
  site: "model",
  reason,
});

/** What lifting did to the joint attention matrices. */
function splitSentence({ blocks }: Program): string {
  const heads = blocks.reduce((sum, { attention }) => sum + attention.heads.length, 0);
  return `Split the joint attention matrices of ${counted(blocks.length, "layer")} into ${counted(heads, "head")} and folded the scale of the scores into the query weights.`;
}
