import { sharedFloats } from "../engine/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { Means } from "./mean-prices.ts";
import { addRow, type BlockTables, type TokenSums } from "./token-sums.ts";

/** What MLPs do as a function of one token alone, in memory that worker threads share. */
export interface TokenTables {
  /** Each token's row; NO_ROW for those never seen. */
  readonly rowOf: Int32Array;
  /** Tokens with a row. */
  readonly tokens: number;
  readonly blocks: readonly BlockTables[];
}

/** Row of a token that calibration text does not have. */
export const NO_ROW = -1;

/** How many further occurrences at the overall mean are added to those of each token: a token seen once says little. */
const PRIOR = 1;

/** Adds up the sums of groups, in the order in which they are given, and makes means of them. */
export class TokenTableMaking {
  readonly #rowOf: Int32Array;
  readonly #counts: { readonly current: Float64Array; readonly previous: Float64Array };
  #blocks: readonly BlockTables[] | undefined;

  /** @param documents all that the sums are over */
  constructor(documents: readonly TokenDocument[], vocabulary: number) {
    this.#rowOf = new Int32Array(vocabulary).fill(NO_ROW);
    let rows = 0;
    for (const { tokens } of documents) {
      for (const token of tokens) if (this.#rowOf[token] === NO_ROW) this.#rowOf[token] = rows++;
    }
    this.#counts = { current: new Float64Array(rows), previous: new Float64Array(rows) };
  }

  /** Adds the sums of one group. */
  add({ tokens, current, previous, blocks }: TokenSums): void {
    const rows = this.#counts.current.length;
    const wide = (part: Float32Array): Float32Array => sharedFloats((part.length / tokens.length) * rows);
    this.#blocks ??= blocks.map(({ current, previous, activations }) => ({
      current: wide(current),
      previous: wide(previous),
      ...(activations && { activations: wide(activations) }),
    }));
    tokens.forEach((token, from) => {
      const row = this.#rowOf[token] as number;
      this.#counts.current[row] = (this.#counts.current[row] as number) + (current[from] as number);
      this.#counts.previous[row] = (this.#counts.previous[row] as number) + (previous[from] as number);
      this.#blocks?.forEach((into, block) => {
        const sums = blocks[block];
        if (sums) addRows(into, row, sums, from, tokens.length, rows);
      });
    });
  }

  /** The means, each drawn to the overall mean by one occurrence. Sums are used up. */
  tables({ mlps, neurons }: Pick<Means, "mlps" | "neurons">): TokenTables {
    const blocks = this.#blocks ?? [];
    const { current, previous } = this.#counts;
    blocks.forEach((tables, block) => {
      const [output, activations] = [mlps[block], neurons[block]];
      if (!output || !activations) return;
      divide(tables.current, current, output);
      divide(tables.previous, previous, output);
      if (tables.activations) divide(tables.activations, current, activations);
    });
    return { rowOf: this.#rowOf, tokens: current.length, blocks };
  }
}

function addRows(into: BlockTables, row: number, sums: BlockTables, from: number, sumRows: number, rows: number): void {
  const add = (to: Float32Array | undefined, part: Float32Array | undefined): void => {
    if (!to || !part) return;
    const columns = to.length / rows;
    addRow(to, row * columns, part, (from * part.length) / sumRows, columns);
  };
  add(into.current, sums.current);
  add(into.previous, sums.previous);
  add(into.activations, sums.activations);
}

function divide(table: Float32Array, counts: Float64Array, mean: Float32Array): void {
  const columns = mean.length;
  counts.forEach((count, row) => {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      table[at] = ((table[at] as number) + PRIOR * (mean[column] as number)) / (count + PRIOR);
    }
  });
}
