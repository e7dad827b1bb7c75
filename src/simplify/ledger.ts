/** One line of `ledger.jsonl`: what was done or tried at one site, why, and with which numbers. */
export interface LedgerEntry {
  /** Counts from 1, in the order in which things happened. */
  readonly step: number;
  readonly action: "exact" | "accepted" | "rejected" | "refit";
  /** The exact pass or the proposer. */
  readonly pass: string;
  /** Id of a node, or "model" for what concerns all of it. */
  readonly site: string;
  /** One sentence. */
  readonly reason: string;
  /** Bits of opaque tensors that go, less the bits of what comes. */
  readonly bitsSaved?: number;
  /** Share of what the site writes on held-out text that the rule foresees: R^2 relative to the site's mean. */
  readonly explained?: number;
  /** KL(original || program) per scored position, in nats: predicted for this step alone. */
  readonly predictedKl?: number;
  /** KL(original || program) per scored position, in nats: measured with everything accepted so far. */
  readonly measuredKl?: number;
  /** Share of positions whose argmax differs from the original's, measured together with `measuredKl`. */
  readonly flips?: number;
  /** Upper end of the 95 % interval of `flips`. */
  readonly flipsHigh?: number;
}

/** The entries with their steps, counted from `first`. */
export function numbered(entries: readonly Omit<LedgerEntry, "step">[], first = 1): LedgerEntry[] {
  return entries.map((entry, index) => ({ step: first + index, ...entry }));
}
