import type { Job, LoadedProgram } from "../../engine/index.ts";
import { columnsOf, normed, rowsOf, type Model, type Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { streamAfter, type Layer } from "./layer-stream.ts";

/** The layer whose output weights are fitted: the only one of both programs, "original" and "compiled". */
export interface RidgeOptions {
  readonly layer: Exclude<Layer, "embed">;
}

/** A document, and its streams (time, width) as they enter the layer; `originalAfter`, in shared memory, is filled in. */
export interface RidgeItem {
  readonly document: TokenDocument;
  readonly original: Float32Array;
  readonly compiled: Float32Array;
  readonly originalAfter: Float32Array;
}

/** Sums over the tokens of a document. The last feature is 1 everywhere. */
export interface RidgeSums {
  readonly tokens: number;
  /** Products of features: (features, features), row by row. */
  readonly products: Float64Array;
  /** Products of features and of what the stream lacks: (features, width). */
  readonly lacks: Float64Array;
}

/**
 * What the layer's output weights multiply, and what the stream lacks right after the layer: the original's stream less the
 * compiled one's.
 */
const ridgeSums: Job<RidgeOptions, RidgeItem, RidgeSums> = ({ program, options }, item) => {
  const { document, original, originalAfter } = item;
  const compiled = program("compiled");
  const wanted = streamAfter(program("original"), document, original, options.layer);
  originalAfter.set(wanted);
  return compiled.machine.scope(() => {
    const { machine, model } = compiled;
    const width = columnsOf(model.embed.tokens);
    const features: Float32Array[] = [];
    const counts: number[] = [];
    const reached = reachedStream(compiled, item, options, (values, columns) => {
      features.push(values);
      counts.push(columns);
    });
    const time = document.tokens.length;
    const total = counts.reduce((sum, count) => sum + count, 1);
    const joined = new Float32Array(time * total);
    for (let row = 0; row < time; row++) {
      let at = row * total;
      features.forEach((values, index) => {
        const count = counts[index] as number;
        joined.set(values.subarray(row * count, (row + 1) * count), at);
        at += count;
      });
      joined[at] = 1;
    }
    const lacking = wanted.map((value, index) => value - (reached[index] as number));
    const transposed = machine.transposed(machine.store(joined, time, total)); // (features, time)
    const product = (rows: Float32Array, columns: number): Float64Array => {
      const out = machine.allocate(total, columns);
      machine.matmul(transposed, machine.store(rows, time, columns), out);
      return Float64Array.from(machine.values(out));
    };
    return { tokens: time, products: product(joined, total), lacks: product(lacking, width) };
  });
};

export default ridgeSums;

/** The stream (time, width) after the compiled layer; `onFeatures` is told what its output weights multiply. */
function reachedStream(
  compiled: LoadedProgram,
  { document, compiled: before }: RidgeItem,
  { layer }: RidgeOptions,
  onFeatures: (values: Float32Array, columns: number) => void,
): Float32Array {
  const { machine, model } = compiled;
  let input: Tensor | undefined;
  const tell = (tensor: Tensor): void => onFeatures(machine.values(tensor).slice(), columnsOf(tensor));
  return streamAfter(compiled, document, before, layer, {
    stream(_, place, stream) {
      const norm = model.blocks[0]?.attention.norm;
      if (place === "attention" && norm) input = normed(machine, norm, stream);
    },
    pattern(_, head, pattern) {
      machine.scope(() => {
        const moved = input && movedValues(machine, model, head, input, pattern);
        if (moved) tell(moved);
      });
    },
    activations: (_block, _part, activations) => tell(activations),
  });
}

function movedValues(
  machine: LoadedProgram["machine"],
  model: Model,
  head: number,
  input: Tensor,
  pattern: Tensor,
): Tensor | undefined {
  const moves = model.blocks[0]?.attention.heads[head]?.moves;
  if (moves?.kind !== "dense") return undefined;
  const carried = machine.allocate(rowsOf(input), columnsOf(moves.value));
  machine.matmul(input, moves.value, carried);
  if (moves.valueBias) machine.addRow(carried, moves.valueBias);
  const moved = machine.allocate(...carried.shape);
  machine.matmul(pattern, carried, moved);
  return moved;
}
