import { normed, rowRange, rowsOf, scoresOf, type Machine, type Model, type Tensor } from "../runtime/index.ts";
import type { BackwardWeights } from "./backward-weights.ts";
import { throughEmbedding, throughUnembedding } from "./backward/ends.ts";
import { throughHead } from "./backward/head.ts";
import { throughPart } from "./backward/mlp.ts";
import { throughNorm } from "./backward/norm.ts";
import { addRowSum, zeros } from "./backward/products.ts";
import type { ParameterSink } from "./backward/sink.ts";
import type { Recording } from "./recording.ts";

/** Scores unembedded at a time: 16 MiB of them. */
const SCORES_AT_ONCE = 2 ** 22;

/** Turns one row of next-token scores, in place, into the gradient of the objective with respect to them. */
export type ScoreGradient = (scores: Float32Array, time: number) => void;

/** One head in the backward pass. */
export interface HeadStep {
  readonly block: number;
  readonly head: number;
  readonly tokens: readonly number[];
  /** The normed stream that the head reads (time, width). */
  readonly input: Tensor;
  /** (time, time); absent where the head writes a constant. */
  readonly pattern?: Tensor;
  /** What the head adds to the stream, and the objective's gradient there: (time, width). */
  readonly output: Tensor;
  readonly gradient: Tensor;
}

/** Is told of gradients from the last block to the first; tensors are valid only during the call. */
export interface GradientObserver {
  /** With respect to the residual stream (time, width) as it enters a block's attention, its MLP, or the final norm. */
  stream?(block: number, before: "attention" | "mlp" | "end", gradient: Tensor): void;
  head?(step: HeadStep): void;
  /** What an MLP adds to the stream, and the gradient there: (time, width). */
  mlp?(block: number, output: Tensor, gradient: Tensor): void;
  /** Activations of an MLP's dense part, and the gradient there: (time, neurons). */
  activations?(block: number, part: number, activations: Tensor, gradient: Tensor): void;
}

/** Who wants what of a backward pass. */
export interface GradientReaders {
  readonly observer?: GradientObserver;
  /** Takes gradients with respect to the model's own numbers. */
  readonly sink?: ParameterSink;
  /** What the objective asks of what a head, or an MLP without one, writes itself, wherever that goes: its gradient there, (time, width). */
  readonly asked?: (block: number, head?: number) => Float32Array | undefined;
}

/**
 * Differentiates an objective of a recorded text's scores with respect to the residual stream, block by block, and to the
 * model's numbers where a sink wants them. What the recording does not have of the inside of a block is computed again, so
 * that memory holds one block at a time.
 */
export function backpropagate(
  machine: Machine,
  model: Model,
  weights: BackwardWeights,
  recording: Recording,
  objective: ScoreGradient,
  { observer, sink }: GradientReaders,
): void {
  machine.scope(() => {
    const { rows } = recording;
    const atRows = machine.allocate(...rows.shape);
    const chunk = Math.max(1, Math.floor(SCORES_AT_ONCE / rowsOf(model.unembed.tokens)));
    for (let first = 0; first < rowsOf(rows); first += chunk) {
      const count = Math.min(chunk, rowsOf(rows) - first);
      machine.scope(() => {
        const some = rowRange(rows, first, count);
        const scores = scoresOf(machine, model, some); // (count, vocabulary)
        for (let row = 0; row < count; row++) objective(machine.values(rowRange(scores, row, 1)), first + row);
        throughUnembedding(machine, model.unembed, some, scores, rowRange(atRows, first, count), sink);
      });
    }
    backpropagateRows(machine, model, weights, recording, atRows, {
      ...(observer && { observer }),
      ...(sink && { sink }),
    });
  });
}

/** The same from the gradient at the recording's normed rows (time, width) on. */
export function backpropagateRows(
  machine: Machine,
  model: Model,
  weights: BackwardWeights,
  recording: Recording,
  atRows: Tensor,
  { observer = {}, sink, asked }: GradientReaders,
): void {
  machine.scope(() => {
    const { end, tokens, firstPosition } = recording;
    const gradient = zeros(machine, end.shape);
    throughNorm(machine, model.finalNorm, end, atRows, gradient, sink);
    observer.stream?.(model.blocks.length, "end", gradient);
    for (let block = model.blocks.length - 1; block >= 0; block--) {
      const step = { machine, model, weights, recording, observer, sink, asked, block, gradient };
      machine.scope(() => throughMlp(step));
      observer.stream?.(block, "mlp", gradient);
      machine.scope(() => throughAttention(step));
      observer.stream?.(block, "attention", gradient);
    }
    if (sink) throughEmbedding(machine, model.embed, tokens, firstPosition, gradient, sink);
  });
}

interface BlockStep {
  readonly machine: Machine;
  readonly model: Model;
  readonly weights: BackwardWeights;
  readonly recording: Recording;
  readonly observer: GradientObserver;
  readonly sink: ParameterSink | undefined;
  readonly asked: GradientReaders["asked"];
  readonly block: number;
  /** At the stream after the layer; the layer turns it into the one before. */
  readonly gradient: Tensor;
}

function throughMlp({ machine, model, weights, recording, observer, sink, asked, block, gradient }: BlockStep): void {
  const mlp = model.blocks[block]?.mlp;
  const stream = recording.beforeMlp[block];
  const output = recording.mlpOutputs[block];
  if (!mlp || !stream || !output) return;
  observer.mlp?.(block, output, gradient);
  const input = normed(machine, mlp.norm, stream);
  const inputTransposed = sink && machine.transposed(input);
  const atInput = zeros(machine, input.shape);
  const atOutput = plus(machine, gradient, asked?.(block));
  mlp.parts.forEach((part, index) =>
    machine.scope(() =>
      throughPart(part, {
        machine,
        transposed: weights.parts[block]?.[index] ?? {},
        tokens: recording.tokens,
        input,
        inputTransposed,
        gradient: atOutput,
        atInput,
        sink,
        onActivations:
          observer.activations &&
          ((activations, atActivations) => observer.activations?.(block, index, activations, atActivations)),
      }),
    ),
  );
  throughNorm(machine, mlp.norm, stream, atInput, gradient, sink);
}

function throughAttention(pass: BlockStep): void {
  const { machine, model, weights, recording, observer, sink, asked, block, gradient } = pass;
  const attention = model.blocks[block]?.attention;
  const stream = recording.beforeAttention[block];
  if (!attention || !stream) return;
  const { tokens } = recording;
  addRowSum(machine, sink?.tensor(attention.bias), gradient);
  const input = normed(machine, attention.norm, stream);
  const inputTransposed = sink && machine.transposed(input);
  const atInput = zeros(machine, input.shape);
  attention.heads.forEach((head, index) =>
    machine.scope(() => {
      const step = { block, head: index, tokens, input, gradient };
      throughHead({
        machine,
        head,
        place: { block, head: index },
        transposed: weights.heads[block]?.[index] ?? {},
        tokens,
        input,
        inputTransposed,
        pattern: recording.patterns?.[block]?.[index],
        keys: recording.heads[block]?.[index]?.keys,
        values: recording.heads[block]?.[index]?.values,
        gradient: plus(machine, gradient, asked?.(block, index)),
        atInput,
        sink,
        onHead:
          observer.head && ((output, pattern) => observer.head?.({ ...step, output, ...(pattern && { pattern }) })),
      });
    }),
  );
  throughNorm(machine, attention.norm, stream, atInput, gradient, sink);
}

/** Leaves the gradient as it is. */
function plus(machine: Machine, gradient: Tensor, asked: Float32Array | undefined): Tensor {
  if (!asked) return gradient;
  const sum = machine.store(asked, ...gradient.shape);
  const [into, from] = [machine.values(sum), machine.values(gradient)];
  for (let index = 0; index < into.length; index++) into[index] = (into[index] as number) + (from[index] as number);
  return sum;
}
