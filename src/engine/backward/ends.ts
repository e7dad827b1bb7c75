import { type Embed, type Machine, type Tensor, type Unembed } from "../../runtime/index.ts";
import { addRowSum, addWeightGradient, scatterRows } from "./products.ts";
import type { ParameterSink } from "./sink.ts";

/**
 * Fills `atRows` (rows, width) with the gradient at normed rows of the stream, given the one at their scores
 * (rows, vocabulary).
 */
export function throughUnembedding(
  machine: Machine,
  unembed: Unembed,
  rows: Tensor,
  atScores: Tensor,
  atRows: Tensor,
  sink: ParameterSink | undefined,
): void {
  machine.matmul(atScores, unembed.tokens, atRows);
  addRowSum(machine, sink?.tensor(unembed.bias), atScores);
  const into = sink?.tensor(unembed.tokens);
  if (into) machine.scope(() => addWeightGradient(machine, into, machine.transposed(atScores), rows));
}

/** Adds the gradients of embeddings, given the one at the stream (time, width) as it enters the first block. */
export function throughEmbedding(
  machine: Machine,
  embed: Embed,
  tokens: readonly number[],
  firstPosition: number,
  gradient: Tensor,
  sink: ParameterSink,
): void {
  scatterRows(machine, sink.tensor(embed.tokens), Int32Array.from(tokens), gradient);
  const positions = tokens.map((_, time) => firstPosition + time);
  scatterRows(machine, sink.tensor(embed.positions), Int32Array.from(positions), gradient);
}

/**
 * The gradient of the rows at knots (knots, width), given the one of the positions on straight lines between them
 * (context, width): see `interpolatedRows`.
 */
export function knotGradient(knots: readonly number[], positions: Float32Array, width: number): Float64Array {
  const out = new Float64Array(knots.length * width);
  const context = positions.length / width;
  const add = (knot: number, weight: number, position: number): void => {
    for (let column = 0; column < width; column++) {
      const at = knot * width + column;
      out[at] = (out[at] as number) + weight * (positions[position * width + column] as number);
    }
  };
  let knot = 0;
  for (let position = 0; position < context; position++) {
    while (knot < knots.length - 2 && position >= (knots[knot + 1] as number)) knot++;
    const from = knots[knot] as number;
    const to = knots[knot + 1];
    if (to === undefined) {
      add(knot, 1, position);
      continue;
    }
    const share = (position - from) / (to - from);
    add(knot, 1 - share, position);
    add(knot + 1, share, position);
  }
  return out;
}
