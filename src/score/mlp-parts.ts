import type { MlpPart } from "../runtime/index.ts";
import type { RunningPackage } from "./running-package.ts";

/** A residual stream (time, width). */
export interface Stream {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * What some parts of one of the package's MLPs write together where the MLP reads this stream: (time, width). The stream
 * comes in by way of position embeddings, since the runtime takes it from nowhere else: token plus position is the stream.
 */
export function outputOfParts(
  { runtime, machine, model }: RunningPackage,
  block: number,
  parts: readonly MlpPart[],
  tokens: readonly number[],
  { values, shape }: Stream,
): Float32Array {
  const own = model.blocks[block];
  if (!own) throw new Error(`The package has no block ${block}.`);
  const [time = 0, width = 0] = shape;
  return machine.scope(() => {
    const embedding = machine.values(model.embed.tokens);
    const rest = values.map((value, index) => {
      const token = tokens[Math.floor(index / width)] as number;
      return value - (embedding[token * width + (index % width)] as number);
    });
    const positions = machine.store(rest, time, width);
    const alone = {
      ...model,
      context: time,
      embed: { tokens: model.embed.tokens, positions },
      blocks: [{ attention: { norm: own.attention.norm, heads: [] }, mlp: { ...own.mlp, parts } }],
    };
    let output = new Float32Array();
    const reading = runtime.startReading(machine, alone, time);
    runtime.read(machine, alone, reading, tokens, {
      mlpOutput: (_block, written) => (output = machine.values(written).slice()),
    });
    return output;
  });
}
