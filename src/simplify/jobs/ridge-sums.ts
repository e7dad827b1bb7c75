import { record, type Job, type LoadedProgram } from "../../engine/index.ts";
import { columnsOf, normed, rowsOf, type Model, type Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** The layer whose output weights are fitted: it is the last one of both programs. */
export interface RidgeOptions {
  readonly layer: "attention" | "mlp";
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
 * What the last layer's output weights multiply, and what the stream lacks right after the layer: the original's stream
 * less the compiled one's.
 */
const ridgeSums: Job<RidgeOptions, TokenDocument, RidgeSums> = ({ program, options }, document) => {
  const compiled = program("compiled");
  const wanted = streamAfter(program("original"), document, options);
  return compiled.machine.scope(() => {
    const { machine, model } = compiled;
    const width = columnsOf(model.embed.tokens);
    const features: Float32Array[] = [];
    const counts: number[] = [];
    const reached = streamAfter(compiled, document, options, (values, columns) => {
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

/** The stream (time, width) right after the last layer of one kind; `onFeatures` is told what its output weights multiply. */
function streamAfter(
  { machine, model }: LoadedProgram,
  { tokens, position }: TokenDocument,
  { layer }: RidgeOptions,
  onFeatures?: (values: Float32Array, columns: number) => void,
): Float32Array {
  return machine.scope(() => {
    const last = model.blocks.length - 1;
    let input: Tensor | undefined;
    const values = (tensor: Tensor): Float32Array => machine.values(tensor).slice();
    const recording = record(machine, model, tokens, position, {
      stream(block, before, stream) {
        const norm = model.blocks[block]?.attention.norm;
        if (layer === "attention" && block === last && before === "attention" && norm && onFeatures) {
          input = normed(machine, norm, stream);
        }
      },
      pattern(block, head, pattern) {
        if (block !== last || !input || !onFeatures) return;
        machine.scope(() => {
          const moved = input && movedValues(machine, model, last, head, input, pattern);
          if (moved) onFeatures(values(moved), columnsOf(moved));
        });
      },
      activations(block, _part, activations) {
        if (layer === "mlp" && block === last && onFeatures) onFeatures(values(activations), columnsOf(activations));
      },
    });
    return values(layer === "attention" ? (recording.beforeMlp[last] as Tensor) : recording.end);
  });
}

function movedValues(
  machine: LoadedProgram["machine"],
  model: Model,
  block: number,
  head: number,
  input: Tensor,
  pattern: Tensor,
): Tensor | undefined {
  const moves = model.blocks[block]?.attention.heads[head]?.moves;
  if (moves?.kind !== "dense") return undefined;
  const carried = machine.allocate(rowsOf(input), columnsOf(moves.value));
  machine.matmul(input, moves.value, carried);
  if (moves.valueBias) machine.addRow(carried, moves.valueBias);
  const moved = machine.allocate(...carried.shape);
  machine.matmul(pattern, carried, moved);
  return moved;
}
