import { compareRows, type JobContext } from "../../engine/index.ts";
import * as runtime from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { crossEntropy } from "../cross-entropy.ts";
import { ComparisonSum, type DocumentComparison } from "../fidelity.ts";
import type { RunningPackage } from "../running-package.ts";
import { scoredRows } from "../scored-rows.ts";

/** What the comparison of every document needs to know. */
export interface CompareOptions {
  readonly decision: Decision;
  /** Whether the token that follows is what the model should have said. */
  readonly isText: boolean;
}

/** Compares the scores that the package's public face gives with the original's, at a document's scored positions. */
export default function compareDocument(
  running: RunningPackage,
  { program, options }: JobContext<CompareOptions>,
  document: TokenDocument,
): DocumentComparison {
  const original = scoredRows({ runtime, ...program("original") }, document);
  const compiled = running.program.logits(document.tokens, { firstPosition: document.position });
  const sum = new ComparisonSum();
  document.scored.forEach((time, index) => {
    const before = original[index];
    const after = compiled[time];
    if (before === undefined || after?.length !== before.length) {
      throw new Error(`logits() gives ${after?.length ?? 0} scores at position ${time}; ${before?.length} are due.`);
    }
    const next = options.isText ? document.tokens[time + 1] : undefined;
    const ceDelta = next === undefined ? undefined : crossEntropy(after, next) - crossEntropy(before, next);
    sum.add(compareRows(options.decision, before, after), ceDelta);
  });
  return sum.of(document);
}
