/** The forward pass: what every part of a model does to the residual stream, in the order in which it happens. */
import { headOutput, denseLookOf, type HeadMemory } from "./attention.ts";
import { Here } from "./here.ts";
import type { Machine } from "./machine.ts";
import type { Attention, Block, Mlp, Model, Norm, RulePart } from "./parts.ts";
import { columnsOf, rowRange, rowsOf, type Tensor } from "./tensor.ts";
import { addTokenWrites } from "./token-writes.ts";

/** A text in progress: the tokens that were read, and what each head remembers of them. */
export interface Reading {
  readonly tokens: number[];
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
      const look = head.moves.kind === "constant" ? undefined : denseLookOf(head.looks);
      return {
        keys: look && remember(look.key),
        values: head.moves.kind === "dense" ? remember(head.moves.value) : undefined,
      };
    }),
  );
  return { tokens: [], firstPosition, heads };
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
  const past = reading.tokens.length;
  const stream = embedded(machine, model, tokens, reading.firstPosition + past);
  for (let time = 0; time < tokens.length; time++) reading.tokens.push(tokens[time] as number);
  return readOn(machine, model, reading, stream, { block: 0, before: "attention" }, observer);
}

/** A place between two layers: where the stream enters a block's attention, or its MLP. */
export interface LayerEntry {
  readonly block: number;
  readonly before: "attention" | "mlp";
}

/**
 * Takes the stream (time, width) of the reading's last tokens from a layer on to the end, in place, and returns it normed.
 * At the entry of the block after the last one, only the final norm is left.
 */
export function readOn(
  machine: Machine,
  model: Model,
  reading: Reading,
  stream: Tensor,
  from: LayerEntry,
  observer: Observer = {},
): Tensor {
  const past = reading.tokens.length - rowsOf(stream);
  for (let index = from.block; index < model.blocks.length; index++) {
    const { attention, mlp } = model.blocks[index] as Block;
    if (index > from.block || from.before === "attention") {
      observer.stream?.(index, "attention", stream);
      machine.scope(() => attend(machine, attention, stream, reading, past, index, observer));
    }
    observer.stream?.(index, "mlp", stream);
    machine.scope(() => think(machine, mlp, stream, reading.tokens, index, observer));
  }
  observer.stream?.(model.blocks.length, "end", stream);
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
  past: number,
  block: number,
  observer: Observer,
): void {
  const input = normed(machine, attention.norm, stream);
  attention.heads.forEach((head, index) =>
    machine.scope(() => {
      const text = { tokens: reading.tokens, past, memory: reading.heads[block]?.[index] };
      const output = headOutput(machine, head, input, text, (pattern) => observer.pattern?.(block, index, pattern));
      observer.headOutput?.(block, index, output);
      machine.add(stream, output);
    }),
  );
  if (attention.bias) machine.addRow(stream, attention.bias);
}

/** Adds what every part of the MLP writes to the stream (time, width); the new rows are those of the last tokens. */
function think(
  machine: Machine,
  mlp: Mlp,
  stream: Tensor,
  tokens: readonly number[],
  block: number,
  observer: Observer,
): void {
  const input = normed(machine, mlp.norm, stream);
  const output = machine.allocate(...stream.shape);
  machine.values(output).fill(0);
  mlp.parts.forEach((part, index) => {
    if (part.kind === "constant") {
      machine.addRow(output, part.vector);
      return;
    }
    if (part.kind === "classVectors" || part.kind === "tokenVectors") {
      machine.scope(() => addTokenWrites(machine, part, tokens, output));
      return;
    }
    if (part.kind === "rule") {
      addRuleWrites(machine, part, tokens, output);
      return;
    }
    machine.scope(() => {
      if (part.kind === "affine") {
        const few = machine.allocate(rowsOf(input), columnsOf(part.input)); // (time, rank)
        machine.matmul(input, part.input, few);
        machine.matmul(few, part.output, output, true);
        return;
      }
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

/** Adds a rule's vector to the rows of the last tokens at which it holds: output (time, width). */
function addRuleWrites(machine: Machine, part: RulePart, tokens: readonly number[], output: Tensor): void {
  const past = tokens.length - rowsOf(output);
  const vector = machine.values(part.writes);
  for (let row = 0; row < rowsOf(output); row++) {
    if (!part.when(new Here(tokens, past + row))) continue;
    const into = machine.values(rowRange(output, row, 1));
    vector.forEach((value, column) => (into[column] = (into[column] as number) + part.strength * value));
  }
}
