import type { FiringContext, MeanCosts } from "../../profile/index.ts";
import type { TokenizerData } from "../../runtime/index.ts";
import type { LedgerEntry, Recognised } from "../../simplify/index.ts";
import type { EmitInput } from "../input.ts";

/** Everything that the package of an algorithm says. */
export interface AlgorithmInput extends Pick<EmitInput, "model" | "decision"> {
  readonly recognised: Recognised;
  readonly tokenizer: TokenizerData;
  /** Where each head of each block does most. */
  readonly contexts: readonly (readonly (readonly FiringContext[])[])[];
  readonly costs: MeanCosts;
  readonly ledger: readonly LedgerEntry[];
}
