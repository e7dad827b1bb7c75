import {
  read,
  startReading,
  type HeadMemory,
  type Machine,
  type Model,
  type Observer,
  type Tensor,
} from "../runtime/index.ts";

/** A forward pass over one text that can be differentiated; tensors are (time, width). */
export interface Recording {
  readonly tokens: readonly number[];
  readonly firstPosition: number;
  /** Keys and values of each block's heads: (time, head width). */
  readonly heads: readonly (readonly HeadMemory[])[];
  /** Attention patterns of each block's heads (time, time), where they were to be kept. */
  readonly patterns?: readonly (readonly (Tensor | undefined)[])[];
  /** The residual stream as it enters each block's attention, and each block's MLP. */
  readonly beforeAttention: readonly Tensor[];
  readonly beforeMlp: readonly Tensor[];
  /** What each block's MLP adds to the stream. */
  readonly mlpOutputs: readonly Tensor[];
  /** The stream as it enters the final norm, and as it leaves it. */
  readonly end: Tensor;
  readonly rows: Tensor;
}

/**
 * Reads a text from its start and keeps what the backward pass needs; patterns only if asked to, because they grow with the
 * square of the text. The caller owns the memory (see Machine.scope).
 */
export function record(
  machine: Machine,
  model: Model,
  tokens: ArrayLike<number>,
  firstPosition = 0,
  observer: Observer = {},
  { keepPatterns = false }: { readonly keepPatterns?: boolean } = {},
): Recording {
  const width = model.embed.tokens.shape[1] as number;
  const room = () => machine.allocate(tokens.length, width);
  const beforeAttention = model.blocks.map(room);
  const beforeMlp = model.blocks.map(room);
  const mlpOutputs = model.blocks.map(room);
  const end = room();
  const patterns = model.blocks.map(({ attention }) =>
    attention.heads.map(({ moves }) =>
      keepPatterns && moves.kind !== "constant" ? machine.allocate(tokens.length, tokens.length) : undefined,
    ),
  );
  const keep = (to: Tensor | undefined, from: Tensor): void => {
    if (to) machine.values(to).set(machine.values(from));
  };
  const reading = startReading(machine, model, tokens.length, firstPosition);
  const rows = read(machine, model, reading, tokens, {
    ...observer,
    pattern(block, head, pattern) {
      keep(patterns[block]?.[head], pattern);
      observer.pattern?.(block, head, pattern);
    },
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
  return {
    tokens: reading.tokens,
    firstPosition,
    heads: reading.heads,
    ...(keepPatterns && { patterns }),
    beforeAttention,
    beforeMlp,
    mlpOutputs,
    end,
    rows,
  };
}
