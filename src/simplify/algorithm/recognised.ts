import type { HeadPlace, Program } from "../../ir/index.ts";
import type { Algorithm } from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import type { Allowance } from "../allowance.ts";
import type { LedgerEntry } from "../ledger.ts";
import { significant } from "../select.ts";
import type { Attended } from "./attended.ts";
import type { AnswerFidelity } from "./fidelity.ts";

/** What recognising works with. */
export interface RecogniseInput {
  /** The model as it was lifted. */
  readonly program: Program;
  /** The text of every token, by id. */
  readonly words: readonly string[];
  /** Documents to fit on, and to choose on. */
  readonly calibrate: readonly TokenDocument[];
  readonly select: readonly TokenDocument[];
  readonly decision: Decision;
  /** What an algorithm may lose. */
  readonly allowance: Allowance;
  readonly onStep?: (sentence: string) => void;
}

/** A model that was understood whole. */
export interface Recognised {
  readonly algorithm: Algorithm;
  /** The head of each average, in their order, and of each pattern that is copied from. */
  readonly heads: readonly HeadPlace[];
  readonly patternHeads: readonly HeadPlace[];
  /** What most of each pattern's attention goes to, where that can be said. */
  readonly attended: readonly (Attended | undefined)[];
  /**
   * Share of what the head of each average writes that its averages foresee, by a linear map, where nothing was fitted; what
   * counts is how much scores depend on it.
   */
  readonly explained: readonly number[];
  /** Heads that the answers do not depend on. */
  readonly idle: readonly HeadPlace[];
  /** On the documents that it was chosen on. */
  readonly fidelity: AnswerFidelity;
  /** What was tried, and why it stands or not. */
  readonly ledger: readonly Omit<LedgerEntry, "step">[];
}

/** What the step is called in ledgers. */
export const RECOGNISE = "recognise";

/** Puts down what was tried and what came of it, with how it answers where it was asked. */
export function noteTrial(
  { onStep }: Pick<RecogniseInput, "onStep">,
  ledger: Omit<LedgerEntry, "step">[],
  { action, site, reason }: Pick<LedgerEntry, "action" | "site" | "reason">,
  fidelity?: AnswerFidelity,
): void {
  const measured = fidelity && {
    measuredKl: significant(fidelity.kl),
    flips: significant(fidelity.flips),
    flipsHigh: significant(fidelity.flipsHigh),
  };
  ledger.push({ action, pass: RECOGNISE, site, reason, ...measured });
  const answers = fidelity ? `, ${(100 * fidelity.flips).toFixed(2)} % flips, KL ${significant(fidelity.kl)}` : "";
  onStep?.(`${site}: ${reason}: ${action}${answers}`);
}
