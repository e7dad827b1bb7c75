import type { Observer } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { Runner } from "./running-package.ts";

/** Rows scored at a time: enough for the kernels to be fast, few enough for large vocabularies. */
const ROWS = 16;

/** A model's scores at a document's scored positions, in their order: one row (vocabulary) each. */
export function scoredRows(
  { runtime, machine, model }: Runner,
  document: Pick<TokenDocument, "tokens" | "position" | "scored">,
  observer: Observer = {},
): Float32Array[] {
  return machine.scope(() => {
    const reading = runtime.startReading(machine, model, document.tokens.length, document.position);
    const stream = runtime.read(machine, model, reading, document.tokens, observer);
    const rows: Float32Array[] = [];
    for (let first = 0; first < document.tokens.length; first += ROWS) {
      const count = Math.min(ROWS, document.tokens.length - first);
      const wanted = document.scored.filter((time) => time >= first && time < first + count);
      if (wanted.length === 0) continue;
      machine.scope(() => {
        const scores = runtime.scoresOf(machine, model, runtime.rowRange(stream, first, count));
        for (const time of wanted) rows.push(machine.values(runtime.rowRange(scores, time - first, 1)).slice());
      });
    }
    return rows;
  });
}
