import type { Job } from "../../engine/index.ts";
import { columnsOf, read, rowsOf, startReading } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** What is added up. */
export interface TokenWritesOptions {
  /** How many tokens before a place stands the one that what an MLP writes there is put down to. */
  readonly back: number;
  /**
   * What is put down to the token itself already, by block: (vocabulary, width). Without it nothing is, and what heads move
   * is added up as well.
   */
  readonly known?: readonly Float32Array[];
}

/** Sums by token: of vectors (vocabulary, columns), and of what each weighed (vocabulary). */
export interface SumsByToken {
  readonly columns: number;
  readonly sums: Float64Array;
  readonly weights: Float64Array;
}

/** By id of the head, of what it moves from a place, weighed by the attention that the place gets; and of each MLP's output. */
export interface TokenWrites {
  readonly heads: ReadonlyMap<string, SumsByToken>;
  readonly mlps: readonly SumsByToken[];
}

/** What heads move from each token, and what MLPs write at each token, or after it. */
const tokenWrites: Job<TokenWritesOptions, readonly TokenDocument[], TokenWrites> = (
  { program, options },
  documents,
) => {
  const { machine, model, program: nodes } = program("program");
  const { vocabulary, width } = nodes;
  const empty = (columns: number): SumsByToken => {
    const [sums, weights] = [new Float64Array(vocabulary * columns), new Float64Array(vocabulary)];
    return { columns, sums, weights };
  };
  const heads = new Map<string, SumsByToken>();
  const mlps = nodes.blocks.map(() => empty(width));
  for (const { tokens, position } of documents) {
    machine.scope(() => {
      const reading = startReading(machine, model, tokens.length, position);
      read(machine, model, reading, tokens, {
        pattern: (block, head, pattern) => {
          const values = reading.heads[block]?.[head]?.values;
          if (!values || options.known) return;
          const site = nodes.blocks[block]?.attention.heads[head]?.id ?? "";
          const into = heads.get(site) ?? empty(columnsOf(values));
          heads.set(site, into);
          addRows(into, tokens, machine.values(values), received(machine.values(pattern), rowsOf(pattern)));
        },
        mlpOutput: (block, output) => {
          const into = mlps[block];
          const known = options.known?.[block];
          const rows = machine.values(output).slice();
          if (known) {
            tokens.forEach((token, time) => {
              for (let column = 0; column < width; column++) {
                const at = time * width + column;
                rows[at] = (rows[at] as number) - (known[token * width + column] as number);
              }
            });
          }
          const start = options.back;
          if (into) addRows(into, tokens.slice(0, tokens.length - start), rows.subarray(start * width));
        },
      });
    });
  }
  return { heads, mlps };
};

export default tokenWrites;

/** Adds the row of each token; without weights, each weighs 1. */
function addRows(
  { columns, sums, weights }: SumsByToken,
  tokens: readonly number[],
  rows: Float32Array,
  weighing?: Float64Array,
): void {
  tokens.forEach((token, time) => {
    const weight = weighing ? (weighing[time] as number) : 1;
    weights[token] = (weights[token] as number) + weight;
    for (let column = 0; column < columns; column++) {
      const at = token * columns + column;
      sums[at] = (sums[at] as number) + weight * (rows[time * columns + column] as number);
    }
  });
}

/** How much attention each place gets from all queries of a pattern (time, time). */
function received(pattern: Float32Array, time: number): Float64Array {
  const sums = new Float64Array(time);
  for (let query = 0; query < time; query++) {
    for (let key = 0; key <= query; key++) sums[key] = (sums[key] as number) + (pattern[query * time + key] as number);
  }
  return sums;
}
