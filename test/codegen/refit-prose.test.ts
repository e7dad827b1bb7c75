import { describe, expect, it } from "vitest";
import { refitSentence } from "../../src/codegen/refit-prose.ts";
import { numbered, type LedgerEntry } from "../../src/simplify/index.ts";

const entry = (action: LedgerEntry["action"], measuredKl?: number): Omit<LedgerEntry, "step"> => ({
  action,
  pass: action === "refit" ? "ridge" : "constant-heads",
  site: action === "refit" ? "model" : "block00.head00",
  reason: "it pays",
  ...(measuredKl !== undefined && { measuredKl }),
});
const sentenceOf = (...entries: readonly Omit<LedgerEntry, "step">[]) => refitSentence(numbered(entries));

describe("what is said of fitting again", () => {
  it("is what was measured before the first fit and after the last one", () => {
    const entries = [entry("accepted", 0.008), entry("rejected", 0.03), entry("refit", 0.005), entry("refit", 0.002)];
    expect(sentenceOf(...entries)).toBe(
      "The numbers that remain were fitted to the original again, which took 75 % off the KL divergence measured on held-out text, 0.0080 nats before (ledger.jsonl, refit).",
    );
  });

  it("claims nothing that was not measured, and nothing at all without a fit", () => {
    expect(sentenceOf(entry("accepted"), entry("refit", 0.005))).toBe(
      "The numbers that remain were fitted to the original again (ledger.jsonl, refit).",
    );
    expect(sentenceOf(entry("accepted", 0.008))).toBeNull();
  });
});
