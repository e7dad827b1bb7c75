import { createHash } from "node:crypto";
import { openSource } from "./splits.ts";
import type { Decision, PositionLimits, TextSource, TextTokenizer, TokenDocument } from "./token-document.ts";

/** The text that a program is fitted (`calibrate`) and chosen (`select`) on; never the text that is reported on. */
export interface TextReader {
  readonly decision: Decision;
  /** SHA-256 of everything that can be read here, for cache keys. */
  readonly identity: string;
  /** The kinds of text that the source has. */
  readonly domains: readonly string[];
  calibrate(): TokenDocument[];
  /** The same text to about another number of positions. Throws as `openText` does. */
  calibrateUpTo(positions: number): TokenDocument[];
  select(): TokenDocument[];
  /** As `calibrateUpTo`. */
  selectUpTo(positions: number): TokenDocument[];
}

/**
 * Reads a source's text for a model. Text is cut into windows of at most 256 tokens, all of them scored.
 *
 * @param context most tokens that the model reads at once
 * @param limits about how many positions to read; by default 16,000 and 24,000 of text, and all of a model's own documents
 * @throws CompilerError on text or documents that cannot be read, and where a split has none
 */
export function openText(
  source: TextSource,
  tokenizer: TextTokenizer,
  context: number,
  limits: Omit<PositionLimits, "test"> = {},
): TextReader {
  const text = openSource(source, tokenizer, context);
  const calibrate = text.read("calibrate", limits.calibrate);
  const select = text.read("select", limits.select);
  const decision = source.kind === "task" ? source.task.decision : "argmax";
  return {
    decision,
    identity: createHash("sha256").update(JSON.stringify({ decision, calibrate, select })).digest("hex"),
    domains: text.domains,
    calibrate: () => calibrate,
    calibrateUpTo: (positions) => text.read("calibrate", positions),
    select: () => select,
    selectUpTo: (positions) => text.read("select", positions),
  };
}
