import type { Job } from "../../engine/index.ts";
import { read, startReading } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** What is added up. */
export interface TokenWritesOptions {
  /** How many tokens before a place stands the one that what an MLP writes there is put down to. */
  readonly back: number;
  /** What is put down to the token itself already, by block and row: (rows, width). Without it nothing is. */
  readonly known?: readonly Float32Array[];
}

/** Sums over places of what an MLP writes: (rows, width), and how often each row counted (rows). The last row is that of what stands first. */
export interface SumsByToken {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/** What MLPs write at each token, or after it, block by block. */
const tokenWrites: Job<TokenWritesOptions, readonly TokenDocument[], SumsByToken[]> = (
  { program, options: { back, known } },
  documents,
) => {
  const { machine, model, program: nodes } = program("program");
  const { vocabulary, width } = nodes;
  const all = nodes.blocks.map(() => ({
    sums: new Float64Array((vocabulary + 1) * width),
    counts: new Float64Array(vocabulary + 1),
  }));
  for (const { tokens, position } of documents) {
    // What stands first says what is written there, and nothing of its token.
    const rowAt = Int32Array.from(tokens, (token, time) => (time === 0 ? vocabulary : token));
    machine.scope(() => {
      read(machine, model, startReading(machine, model, tokens.length, position), tokens, {
        mlpOutput: (block, output) => {
          const into = all[block];
          const written = machine.values(output);
          for (let time = back; into && time < tokens.length; time++) {
            const [row, here] = [rowAt[time - back] as number, rowAt[time] as number];
            into.counts[row] = (into.counts[row] as number) + 1;
            for (let column = 0; column < width; column++) {
              const at = row * width + column;
              const off = known?.[block]?.[here * width + column] ?? 0;
              into.sums[at] = (into.sums[at] as number) + (written[time * width + column] as number) - off;
            }
          }
        },
      });
    });
  }
  return all;
};

export default tokenWrites;
