/** The forward pass: what every part of a model does to the residual stream, in the order in which it happens. */
import type { Machine } from "./machine.ts";
import type { Attention, Head, Look, Mlp, Model, Norm } from "./parts.ts";
import { columnsOf, rowRange, rowsOf, type Tensor } from "./tensor.ts";

/** What a head remembers of the text so far, a row a position: keys and values (context, head width). */
interface HeadMemory {
  readonly keys: Tensor | undefined;
  readonly values: Tensor | undefined;
}

/** A text in progress: how much was read, and what each head remembers of it. */
export interface Reading {
  length: number;
  /** Position index of the first token. */
  readonly firstPosition: number;
  readonly heads: readonly (readonly HeadMemory[])[];
}

/** Is told of every step of a forward pass; tensors are valid only during the call. */
export interface Observer {
  /** The residual stream (time, width) as it enters a block's attention, its MLP, or the final norm. */
  stream?(block: number, before: "attention" | "mlp" | "end", stream: Tensor): void;
  /** A head's attention pattern (queries, keys), each row summing to one. */
  pattern?(block: number, head: number, pattern: Tensor): void;
  /** What a head adds to the stream (time, width). */
  headOutput?(block: number, head: number, output: Tensor): void;
  /** Activations of an MLP's dense part (time, neurons). */
  activations?(block: number, part: number, activations: Tensor): void;
  /** What an MLP adds to the stream in all (time, width). */
  mlpOutput?(block: number, output: Tensor): void;
}

/** An empty reading, with room for `capacity` tokens (at most the model's context). */
export function startReading(machine: Machine, model: Model, capacity: number, firstPosition = 0): Reading {
  const remember = (weights: Tensor) => machine.allocate(capacity, columnsOf(weights));
  const heads = model.blocks.map((block) =>
    block.attention.heads.map((head): HeadMemory => {
      const moves = head.moves.kind === "dense" ? head.moves : undefined;
      const look = moves && denseLookOf(head.looks);
      return { keys: look && remember(look.key), values: moves && remember(moves.value) };
    }),
  );
  return { length: 0, firstPosition, heads };
}

/**
 * Reads more tokens and returns their residual stream after the last block, normed: (tokens, width).
 * The caller owns the memory (see Machine.scope).
 */
export function read(
  machine: Machine,
  model: Model,
  reading: Reading,
  tokens: ArrayLike<number>,
  observer: Observer = {},
): Tensor {
  const stream = embedded(machine, model, tokens, reading.firstPosition + reading.length);
  model.blocks.forEach((block, index) => {
    observer.stream?.(index, "attention", stream);
    machine.scope(() => attend(machine, block.attention, stream, reading, index, observer));
    observer.stream?.(index, "mlp", stream);
    machine.scope(() => think(machine, block.mlp, stream, index, observer));
  });
  observer.stream?.(model.blocks.length, "end", stream);
  reading.length += tokens.length;
  return normed(machine, model.finalNorm, stream);
}

/** Next-token scores for normed rows of the stream: (time, width) -> (time, vocabulary). */
export function scoresOf(machine: Machine, model: Model, rows: Tensor): Tensor {
  const scores = machine.allocate(rowsOf(rows), columnsOf(model.unembed.directions));
  machine.matmul(rows, model.unembed.directions, scores);
  if (model.unembed.bias) machine.addRow(scores, model.unembed.bias);
  return scores;
}

/** Token embedding plus position embedding: (time) -> (time, width). */
function embedded(machine: Machine, model: Model, tokens: ArrayLike<number>, firstPosition: number): Tensor {
  const { tokens: directions, positions } = model.embed;
  const stream = machine.allocate(tokens.length, columnsOf(directions));
  for (let time = 0; time < tokens.length; time++) {
    const row = rowRange(stream, time, 1);
    machine.values(row).set(machine.values(rowRange(directions, tokens[time] as number, 1)));
    machine.add(row, rowRange(positions, firstPosition + time, 1));
  }
  return stream;
}

/** The normed rows, in new memory: (time, width). */
export function normed(machine: Machine, norm: Norm, stream: Tensor): Tensor {
  const out = machine.allocate(...stream.shape);
  machine.normalise(stream, out, norm.epsilon);
  if (norm.gain && norm.bias) machine.gainAndBias(out, norm.gain, norm.bias);
  return out;
}

/** Adds what every head writes to the stream (time, width). */
function attend(
  machine: Machine,
  attention: Attention,
  stream: Tensor,
  reading: Reading,
  block: number,
  observer: Observer,
): void {
  const input = normed(machine, attention.norm, stream);
  attention.heads.forEach((head, index) =>
    machine.scope(() => {
      const memory = reading.heads[block]?.[index] ?? { keys: undefined, values: undefined };
      const output = headOutput(machine, head, input, memory, reading.length, (pattern) =>
        observer.pattern?.(block, index, pattern),
      );
      observer.headOutput?.(block, index, output);
      machine.add(stream, output);
    }),
  );
  if (attention.bias) machine.addRow(stream, attention.bias);
}

/** What one head writes for each new row: normed input (time, width) -> (time, width). */
export function headOutput(
  machine: Machine,
  head: Head,
  input: Tensor,
  memory: HeadMemory,
  past: number,
  onPattern: (pattern: Tensor) => void,
): Tensor {
  const time = rowsOf(input);
  const output = machine.allocate(time, columnsOf(input));
  const { moves } = head;
  if (moves.kind === "constant") {
    machine.values(output).fill(0);
    machine.addRow(output, moves.vector);
    return output;
  }
  const pattern = attentionPattern(machine, head.looks, input, memory.keys, past); // (time, past + time)
  onPattern(pattern);
  const values = remembered(machine, input, moves.value, moves.valueBias, memory.values, past); // (past + time, head width)
  const moved = machine.allocate(time, columnsOf(values));
  machine.matmul(pattern, values, moved); // (time, head width)
  machine.matmul(moved, moves.output, output); // (time, width)
  return output;
}

/** Scores of all looks added up, then softmax over what was read so far: (time, past + time). */
export function attentionPattern(
  machine: Machine,
  looks: readonly Look[],
  input: Tensor,
  keyMemory: Tensor | undefined,
  past: number,
): Tensor {
  const time = rowsOf(input);
  const length = past + time;
  const scores = machine.allocate(time, length);
  const dense = denseLookOf(looks);
  if (dense) {
    const queries = machine.allocate(time, columnsOf(dense.query));
    machine.matmul(input, dense.query, queries);
    machine.addRow(queries, dense.queryBias);
    const keys = remembered(machine, input, dense.key, dense.keyBias, keyMemory, past);
    machine.matmul(queries, machine.transposed(keys), scores);
  } else {
    machine.values(scores).fill(0);
  }
  for (const look of looks) if (look.kind !== "dense") addRuleScores(machine.values(scores), look, past, time);
  machine.softmaxCausal(scores, past);
  return scores;
}

function addRuleScores(scores: Float32Array, look: Exclude<Look, { kind: "dense" }>, past: number, time: number): void {
  const length = past + time;
  for (let row = 0; row < time; row++) {
    const first = row * length;
    if (look.kind === "sink") {
      scores[first] = (scores[first] as number) + look.score;
      continue;
    }
    let step = 0;
    for (let back = 0; back <= past + row; back++) {
      while (step < look.steps.length - 1 && back > (look.steps[step]?.[0] ?? 0)) step++;
      const column = first + past + row - back;
      scores[column] = (scores[column] as number) + (look.steps[step]?.[1] ?? 0);
    }
  }
}

/** Rows projected through weights, plus a bias, and appended to what is remembered: returns all (past + time, head width). */
function remembered(
  machine: Machine,
  input: Tensor,
  weights: Tensor,
  bias: Tensor | undefined,
  memory: Tensor | undefined,
  past: number,
): Tensor {
  const time = rowsOf(input);
  const all = memory ?? machine.allocate(time, columnsOf(weights));
  const added = rowRange(all, past, time);
  machine.matmul(input, weights, added);
  if (bias) machine.addRow(added, bias);
  return rowRange(all, 0, past + time);
}

function denseLookOf(looks: readonly Look[]) {
  return looks.find((look) => look.kind === "dense");
}

/** Adds what every part of the MLP writes to the stream (time, width). */
function think(machine: Machine, mlp: Mlp, stream: Tensor, block: number, observer: Observer): void {
  const input = normed(machine, mlp.norm, stream);
  const output = machine.allocate(...stream.shape);
  machine.values(output).fill(0);
  mlp.parts.forEach((part, index) => {
    if (part.kind === "constant") {
      machine.addRow(output, part.vector);
      return;
    }
    machine.scope(() => {
      const activations = machine.allocate(rowsOf(input), columnsOf(part.input)); // (time, neurons)
      machine.matmul(input, part.input, activations);
      machine.addRow(activations, part.bias);
      machine.activate(activations, part.activation);
      observer.activations?.(block, index, activations);
      machine.matmul(activations, part.output, output, true);
    });
  });
  observer.mlpOutput?.(block, output);
  machine.add(stream, output);
}
