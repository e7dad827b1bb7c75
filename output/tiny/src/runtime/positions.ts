/** Position embeddings that are a curve through a few points. */
import type { Machine } from "./machine.ts";
import { columnsOf, type Tensor } from "./tensor.ts";

/**
 * Position embeddings (context, width) on straight lines between knots: `rows` (knots, width) are the embeddings at the
 * positions that `knots` lists in rising order, the first one 0 and the last one context - 1.
 */
export function interpolated(
  machine: Machine,
  { knots, rows, context }: { readonly knots: readonly number[]; readonly rows: Tensor; readonly context: number },
): Tensor {
  const width = columnsOf(rows);
  return machine.store(interpolatedRows(knots, machine.values(rows).slice(), context), context, width);
}

/** The same on plain arrays: rows (knots, width) -> (context, width). */
export function interpolatedRows(knots: readonly number[], rows: Float32Array, context: number): Float32Array {
  const width = rows.length / knots.length;
  const out = new Float32Array(context * width);
  let knot = 0;
  for (let position = 0; position < context; position++) {
    while (knot < knots.length - 2 && position >= (knots[knot + 1] as number)) knot++;
    const from = knots[knot] as number;
    const to = knots[knot + 1] ?? from + 1;
    const share = (position - from) / (to - from);
    for (let column = 0; column < width; column++) {
      const before = rows[knot * width + column] as number;
      const after = knot + 1 < knots.length ? (rows[(knot + 1) * width + column] as number) : before;
      out[position * width + column] = before + share * (after - before);
    }
  }
  return out;
}
