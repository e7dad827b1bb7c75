import { read, startReading, type Machine, type Model, type Observer, type Tensor } from "../runtime/index.ts";

/** A forward pass over one text that can be differentiated; tensors are (time, width). */
export interface Recording {
  readonly tokens: readonly number[];
  /** The residual stream as it enters each block's attention, and each block's MLP. */
  readonly beforeAttention: readonly Tensor[];
  readonly beforeMlp: readonly Tensor[];
  /** What each block's MLP adds to the stream. */
  readonly mlpOutputs: readonly Tensor[];
  /** The stream as it enters the final norm, and as it leaves it. */
  readonly end: Tensor;
  readonly rows: Tensor;
}

/** Reads a text from its start and keeps what the backward pass needs. The caller owns the memory (see Machine.scope). */
export function record(
  machine: Machine,
  model: Model,
  tokens: ArrayLike<number>,
  firstPosition = 0,
  observer: Observer = {},
): Recording {
  const width = model.embed.tokens.shape[1] as number;
  const room = () => machine.allocate(tokens.length, width);
  const beforeAttention = model.blocks.map(room);
  const beforeMlp = model.blocks.map(room);
  const mlpOutputs = model.blocks.map(room);
  const end = room();
  const keep = (to: Tensor | undefined, from: Tensor): void => {
    if (to) machine.values(to).set(machine.values(from));
  };
  const rows = read(machine, model, startReading(machine, model, tokens.length, firstPosition), tokens, {
    ...observer,
    stream(block, before, stream) {
      const streams = { attention: beforeAttention[block], mlp: beforeMlp[block], end };
      keep(streams[before], stream);
      observer.stream?.(block, before, stream);
    },
    mlpOutput(block, output) {
      keep(mlpOutputs[block], output);
      observer.mlpOutput?.(block, output);
    },
  });
  return { tokens: Array.from(tokens), beforeAttention, beforeMlp, mlpOutputs, end, rows };
}
