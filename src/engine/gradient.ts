import {
  attentionPattern,
  columnsOf,
  headOutput,
  normed,
  rowRange,
  rowsOf,
  scoresOf,
  type DenseMove,
  type DensePart,
  type Head,
  type Machine,
  type Model,
  type Norm,
  type Tensor,
} from "../runtime/index.ts";
import type { BackwardWeights, HeadBackwardWeights, PartBackwardWeights } from "./backward-weights.ts";
import { activationToInputGradient, addNormGradient, patternToScoreGradient } from "./derivatives.ts";
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

/**
 * Differentiates an objective of a recorded text's scores with respect to the residual stream, block by block.
 * The inside of each block is computed again, so that memory holds one block at a time.
 */
export function backpropagate(
  machine: Machine,
  model: Model,
  weights: BackwardWeights,
  recording: Recording,
  objective: ScoreGradient,
  observer: GradientObserver,
): void {
  machine.scope(() => {
    const gradient = gradientAtEnd(machine, model, recording, objective);
    observer.stream?.(model.blocks.length, "end", gradient);
    for (let block = model.blocks.length - 1; block >= 0; block--) {
      const step = { machine, model, weights, recording, observer, block, gradient };
      machine.scope(() => throughMlp(step));
      observer.stream?.(block, "mlp", gradient);
      machine.scope(() => throughAttention(step));
      observer.stream?.(block, "attention", gradient);
    }
  });
}

interface BlockStep {
  readonly machine: Machine;
  readonly model: Model;
  readonly weights: BackwardWeights;
  readonly recording: Recording;
  readonly observer: GradientObserver;
  readonly block: number;
  /** At the stream after the layer; the layer turns it into the one before. */
  readonly gradient: Tensor;
}

/** Through the unembedding and the final norm: (time, width). */
function gradientAtEnd(machine: Machine, model: Model, { rows, end }: Recording, objective: ScoreGradient): Tensor {
  const { unembed, finalNorm } = model;
  const gradient = zeros(machine, end.shape);
  machine.scope(() => {
    const atRows = machine.allocate(...end.shape);
    const chunk = Math.max(1, Math.floor(SCORES_AT_ONCE / rowsOf(unembed.tokens)));
    for (let first = 0; first < rowsOf(rows); first += chunk) {
      const count = Math.min(chunk, rowsOf(rows) - first);
      machine.scope(() => {
        const scores = scoresOf(machine, model, rowRange(rows, first, count)); // (count, vocabulary)
        for (let row = 0; row < count; row++) objective(machine.values(rowRange(scores, row, 1)), first + row);
        machine.matmul(scores, unembed.tokens, rowRange(atRows, first, count));
      });
    }
    addThroughNorm(machine, finalNorm, end, atRows, gradient);
  });
  return gradient;
}

function throughMlp({ machine, model, weights, recording, observer, block, gradient }: BlockStep): void {
  const mlp = model.blocks[block]?.mlp;
  const stream = recording.beforeMlp[block];
  const output = recording.mlpOutputs[block];
  if (!mlp || !stream || !output) return;
  observer.mlp?.(block, output, gradient);
  const input = normed(machine, mlp.norm, stream);
  const atInput = zeros(machine, input.shape);
  mlp.parts.forEach((part, index) => {
    if (part.kind !== "dense" && part.kind !== "affine") return;
    machine.scope(() => {
      const transposed = weights.parts[block]?.[index] ?? {};
      if (part.kind === "affine") {
        if (!transposed.input || !transposed.output) return;
        machine.matmul(projected(machine, gradient, transposed.output), transposed.input, atInput, true);
        return;
      }
      throughNeurons(machine, part, transposed, input, gradient, atInput, (activations, atActivations) =>
        observer.activations?.(block, index, activations, atActivations),
      );
    });
  });
  addThroughNorm(machine, mlp.norm, stream, atInput, gradient);
}

function throughNeurons(
  machine: Machine,
  part: DensePart,
  transposed: PartBackwardWeights,
  input: Tensor,
  gradient: Tensor,
  atInput: Tensor,
  onActivations: (activations: Tensor, gradient: Tensor) => void,
): void {
  if (!transposed.input || !transposed.output) return;
  const before = projected(machine, input, part.input, part.bias); // (time, neurons)
  const activations = machine.store(machine.values(before).slice(), ...before.shape);
  machine.activate(activations, part.activation);
  const atNeurons = projected(machine, gradient, transposed.output); // (time, neurons)
  onActivations(activations, atNeurons);
  activationToInputGradient(machine.values(atNeurons), machine.values(before), part.activation);
  machine.matmul(atNeurons, transposed.input, atInput, true);
}

function throughAttention({ machine, model, weights, recording, observer, block, gradient }: BlockStep): void {
  const attention = model.blocks[block]?.attention;
  const stream = recording.beforeAttention[block];
  if (!attention || !stream) return;
  const input = normed(machine, attention.norm, stream);
  const atInput = zeros(machine, input.shape);
  attention.heads.forEach((head, index) =>
    machine.scope(() => {
      const { tokens } = recording;
      const step = { block, head: index, tokens, input, gradient };
      if (head.moves.kind === "constant") {
        if (!observer.head) return;
        const output = zeros(machine, input.shape);
        machine.addRow(output, head.moves.vector);
        observer.head({ ...step, output });
        return;
      }
      const transposed = weights.heads[block]?.[index] ?? {};
      if (head.moves.kind !== "dense") {
        observer.head?.({ ...step, output: headOutput(machine, head, input, { tokens, past: 0 }) });
        return;
      }
      throughHead(machine, head, head.moves, transposed, { input, tokens }, gradient, atInput, (pattern, output) =>
        observer.head?.({ ...step, pattern, output }),
      );
    }),
  );
  addThroughNorm(machine, attention.norm, stream, atInput, gradient);
}

function throughHead(
  machine: Machine,
  head: Head,
  moves: DenseMove,
  transposed: HeadBackwardWeights,
  { input, tokens }: { readonly input: Tensor; readonly tokens: readonly number[] },
  gradient: Tensor,
  atInput: Tensor,
  onHead: (pattern: Tensor, output: Tensor) => void,
): void {
  if (!transposed.output || !transposed.value) return;
  const pattern = attentionPattern(machine, head.looks, input, { tokens, past: 0 }); // (time, time)
  const values = projected(machine, input, moves.value, moves.valueBias); // (time, head width)
  machine.scope(() => onHead(pattern, projected(machine, projected(machine, pattern, values), moves.output)));
  const atMoved = projected(machine, gradient, transposed.output); // (time, head width)
  const atValues = projected(machine, machine.transposed(pattern), atMoved);
  machine.matmul(atValues, transposed.value, atInput, true);
  const look = head.looks.find(({ kind }) => kind === "dense");
  if (look?.kind !== "dense" || !transposed.query || !transposed.key) return;
  const queries = projected(machine, input, look.query, look.queryBias);
  const keys = projected(machine, input, look.key, look.keyBias);
  const atScores = projected(machine, atMoved, machine.transposed(values)); // (time, time)
  patternToScoreGradient(machine.values(atScores), machine.values(pattern), rowsOf(pattern));
  machine.matmul(projected(machine, atScores, keys), transposed.query, atInput, true);
  machine.matmul(projected(machine, machine.transposed(atScores), queries), transposed.key, atInput, true);
}

/** a b, plus a bias to every row, in new memory. */
function projected(machine: Machine, a: Tensor, b: Tensor, bias?: Tensor): Tensor {
  const out = machine.allocate(rowsOf(a), columnsOf(b));
  machine.matmul(a, b, out);
  if (bias) machine.addRow(out, bias);
  return out;
}

/** Adds to the stream's gradient what comes back through a layer norm that read the stream. */
function addThroughNorm(machine: Machine, norm: Norm, stream: Tensor, atNormed: Tensor, gradient: Tensor): void {
  const gain = norm.gain && machine.values(norm.gain);
  const [into, input, from] = [machine.values(gradient), machine.values(stream), machine.values(atNormed)];
  addNormGradient(into, input, from, columnsOf(stream), norm.epsilon, gain);
}

function zeros(machine: Machine, shape: readonly number[]): Tensor {
  const out = machine.allocate(...shape);
  machine.values(out).fill(0);
  return out;
}
