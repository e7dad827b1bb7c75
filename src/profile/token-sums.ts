import type { TokenDocument } from "../text/index.ts";

/** For one block, one row for each token: sums, or means, of what its MLP does. */
export interface BlockTables {
  /** Outputs where the token is read (rows, width). */
  readonly current: Float32Array;
  /** Outputs right after the token (rows, width). */
  readonly previous: Float32Array;
  /** Activations where the token is read (rows, neurons of all dense parts); absent where that would be too large. */
  readonly activations?: Float32Array;
}

/** Sums over a group of documents, with a row for each token that occurs in it. */
export interface TokenSums {
  /** The token of each row. */
  readonly tokens: Int32Array;
  /** How often each row's token is read, and how often another one comes right after it. */
  readonly current: Int32Array;
  readonly previous: Int32Array;
  readonly blocks: readonly BlockTables[];
}

/** What sums of a block need to know of it. */
export interface BlockSize {
  readonly width: number;
  readonly neurons: number;
}

/** Vocabulary times neurons of a block: a larger table of activations (more than 256 MiB) is not made. */
const LARGEST_TABLE = 2 ** 26;

/** Adds up what MLPs do by the token that is read, and by the one before it. */
export class TokenSumming {
  readonly sums: TokenSums;
  readonly #rowOf = new Map<number, number>();
  #rows: readonly number[] = [];

  constructor(documents: readonly TokenDocument[], vocabulary: number, blocks: readonly BlockSize[]) {
    for (const { tokens } of documents) {
      for (const token of tokens) if (!this.#rowOf.has(token)) this.#rowOf.set(token, this.#rowOf.size);
    }
    const count = this.#rowOf.size;
    this.sums = {
      tokens: Int32Array.from(this.#rowOf.keys()),
      current: new Int32Array(count),
      previous: new Int32Array(count),
      blocks: blocks.map(({ width, neurons }) => ({
        current: new Float32Array(count * width),
        previous: new Float32Array(count * width),
        ...(vocabulary * neurons <= LARGEST_TABLE && { activations: new Float32Array(count * neurons) }),
      })),
    };
  }

  /** Begins one of the documents; what follows is told of it. */
  begin({ tokens }: TokenDocument): void {
    const { current, previous } = this.sums;
    this.#rows = tokens.map((token) => this.#rowOf.get(token) ?? 0);
    this.#rows.forEach((row, time) => {
      current[row] = (current[row] as number) + 1;
      if (time + 1 < tokens.length) previous[row] = (previous[row] as number) + 1;
    });
  }

  /** What a block's MLP writes (time, width). */
  output(block: number, values: Float32Array): void {
    const tables = this.sums.blocks[block];
    if (!tables) return;
    const width = values.length / this.#rows.length;
    this.#rows.forEach((row, time) => {
      addRow(tables.current, row * width, values, time * width, width);
      if (time + 1 < this.#rows.length) addRow(tables.previous, row * width, values, (time + 1) * width, width);
    });
  }

  /** Activations of one dense part (time, its neurons), which begin at `first` among all of the block. */
  activations(block: number, first: number, values: Float32Array): void {
    const { activations } = this.sums.blocks[block] ?? {};
    if (!activations) return;
    const columns = activations.length / this.sums.tokens.length;
    const neurons = values.length / this.#rows.length;
    this.#rows.forEach((row, time) => addRow(activations, row * columns + first, values, time * neurons, neurons));
  }
}

/** Adds `count` numbers of `from` to those of `into`. */
export function addRow(into: Float32Array, at: number, from: Float32Array, start: number, count: number): void {
  for (let column = 0; column < count; column++) {
    into[at + column] = (into[at + column] as number) + (from[start + column] as number);
  }
}
