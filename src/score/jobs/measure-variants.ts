import type { JobContext } from "../../engine/index.ts";
import * as runtime from "../../runtime/index.ts";
import type { Decision, TokenDocument } from "../../text/index.ts";
import { klOfRows } from "../kl.ts";
import type { RunningPackage } from "../running-package.ts";
import { scoredRows } from "../scored-rows.ts";
import { withChanges, type Variant } from "../variant.ts";

/** The changed models to measure. */
export interface VariantOptions {
  readonly decision: Decision;
  readonly variants: readonly Variant[];
}

/** KL(original || changed package) summed over a document's scored positions, for each variant. */
export default function measureVariants(
  running: RunningPackage,
  { program, options }: JobContext<VariantOptions>,
  document: TokenDocument,
): number[] {
  const original = scoredRows({ runtime, ...program("original") }, document);
  return options.variants.map((variant) =>
    running.machine.scope(() => {
      const changed = scoredRows({ ...running, model: withChanges(running, variant) }, document);
      return klOfRows(options.decision, original, changed);
    }),
  );
}
