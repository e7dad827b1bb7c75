import type { LedgerEntry } from "../simplify/index.ts";
import { nats, percent } from "./wording.ts";

/**
 * That the remaining numbers were fitted again, and what that bought: the KL measured right before the first fit of the
 * last row of fits, and after the last one. Null where nothing was fitted.
 */
export function refitSentence(ledger: readonly LedgerEntry[]): string | null {
  const last = ledger.findLastIndex(({ action }) => action === "refit");
  if (last < 0) return null;
  const first = ledger.findLastIndex(({ action }, index) => index < last && action !== "refit") + 1;
  const before = ledger.slice(0, first).findLast(isMeasured)?.measuredKl;
  const after = ledger.slice(first, last + 1).findLast(isMeasured)?.measuredKl;
  const bought =
    before === undefined || before === 0 || after === undefined
      ? ""
      : `, which took ${percent(1 - after / before)} off the KL divergence measured on held-out text, ${nats(before)} before`;
  return `The numbers that remain were fitted to the original again${bought} (ledger.jsonl, refit).`;
}

/** What was measured of the program as it then was: rejected steps were measured with something that did not stay. */
function isMeasured({ action, measuredKl }: LedgerEntry): boolean {
  return action !== "rejected" && measuredKl !== undefined;
}
