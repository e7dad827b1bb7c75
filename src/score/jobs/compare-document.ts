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
  const behind = behindShortcuts(running, document);
  const sum = new ComparisonSum();
  document.scored.forEach((time, index) => {
    const before = original[index];
    const after = compiled[time];
    if (before === undefined || after?.length !== before.length) {
      throw new Error(`logits() gives ${after?.length ?? 0} scores at position ${time}; ${before?.length} are due.`);
    }
    const next = options.isText ? document.tokens[time + 1] : undefined;
    const ceDelta = next === undefined ? undefined : crossEntropy(after, next) - crossEntropy(before, next);
    const own = behind(time, index);
    sum.add(
      compareRows(options.decision, before, after),
      ceDelta,
      own && compareRows(options.decision, before, own).kl,
    );
  });
  return sum.of(document);
}

/** The scores of the model itself at a scored position where one of its shortcuts decides; nothing elsewhere. */
function behindShortcuts(
  running: RunningPackage,
  document: TokenDocument,
): (time: number, index: number) => Float32Array | undefined {
  let rows: readonly Float32Array[] | undefined;
  return (time, index) => {
    if (runtime.decidedNext(running.model.shortcuts, document.tokens, time + 1) === undefined) return undefined;
    rows ??= scoredRows(running, document);
    return rows[index];
  };
}
