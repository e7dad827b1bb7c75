import { instantiateHead, type Job, type LoadedProgram } from "../../engine/index.ts";
import { columnsOf, headOutput, normed, read, startReading, type Head, type Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import type { HeadChange } from "../change-prices.ts";
import type { DocumentGroup } from "../corpus.ts";
import type { Means } from "../mean-prices.ts";
import { NO_ROW, type TokenTables } from "../token-tables.ts";

/** What all groups have in common. */
export interface DescriptionsOptions {
  readonly means: Means;
  /** Rules that describe heads. */
  readonly changes: readonly HeadChange[];
  /** Tables that describe MLPs and their neurons. */
  readonly tables: TokenTables;
}

/** Squared distances of what is written from its calibration mean, and from what a description foresees. */
export interface HeadDescription {
  variation: number;
  error: number;
}

/** The same of one MLP, with a description by the token that is read and one by the token before it. */
export interface MlpDescription {
  variation: number;
  current: number;
  previous: number;
  /** Of each neuron's activation, by the token that is read; empty where there is no table. */
  readonly neuronVariation: Float64Array;
  readonly neuronError: Float64Array;
}

/** Sums over the tokens of a group. */
export interface GroupDescriptions {
  /** In the order of the changes. */
  readonly heads: readonly HeadDescription[];
  readonly mlps: readonly MlpDescription[];
}

/** Measures on a group of documents how much of what heads, MLPs and neurons do their descriptions foresee. */
const descriptions: Job<DescriptionsOptions, DocumentGroup, GroupDescriptions> = ({ program, options }, group) => {
  const sums = new DescriptionSums(program("program"), options);
  for (const document of group.documents) sums.read(document);
  return sums.result;
};

export default descriptions;

class DescriptionSums {
  readonly result: GroupDescriptions;
  readonly #loaded: LoadedProgram;
  readonly #options: DescriptionsOptions;
  readonly #described: readonly Head[];

  constructor(loaded: LoadedProgram, options: DescriptionsOptions) {
    this.#loaded = loaded;
    this.#options = options;
    this.#described = options.changes.map(({ replacement }) =>
      instantiateHead(replacement, loaded.place, loaded.program.tokenClasses),
    );
    this.result = {
      heads: options.changes.map(() => ({ variation: 0, error: 0 })),
      mlps: options.means.neurons.map(({ length }, block) => {
        const count = options.tables.blocks[block]?.activations ? length : 0;
        const [neuronVariation, neuronError] = [new Float64Array(count), new Float64Array(count)];
        return { variation: 0, current: 0, previous: 0, neuronVariation, neuronError };
      }),
    };
  }

  read({ tokens, position }: TokenDocument): void {
    const { machine, model } = this.#loaded;
    const rows = tokens.map((token) => this.#options.tables.rowOf[token] ?? NO_ROW);
    const firstNeurons = model.blocks.map(() => 0);
    machine.scope(() => {
      let input: Tensor | undefined;
      read(machine, model, startReading(machine, model, tokens.length, position), tokens, {
        stream: (block, before, stream) => {
          const norm = model.blocks[block]?.attention.norm;
          if (before === "attention" && norm) input = normed(machine, norm, stream);
        },
        headOutput: (block, head, output) => {
          if (input) this.#head(block, head, { tokens, input }, output);
        },
        mlpOutput: (block, output) => this.#mlp(block, rows, machine.values(output)),
        activations: (block, _part, activations) => {
          const first = firstNeurons[block] ?? 0;
          this.#neurons(block, first, rows, machine.values(activations));
          firstNeurons[block] = first + columnsOf(activations);
        },
      });
    });
  }

  #head(
    block: number,
    head: number,
    { tokens, input }: { readonly tokens: readonly number[]; readonly input: Tensor },
    output: Tensor,
  ): void {
    const { machine } = this.#loaded;
    const mean = this.#options.means.heads[block]?.[head];
    this.#options.changes.forEach((change, index) => {
      const part = this.#described[index];
      const sums = this.result.heads[index];
      if (change.block !== block || change.head !== head || !part || !sums || !mean) return;
      machine.scope(() => {
        const outputs = headOutput(machine, part, input, { tokens, past: 0 });
        if (change.bias) machine.addRow(outputs, machine.store(change.bias, 1, mean.length));
        const foreseen = machine.values(outputs);
        const written = machine.values(output);
        sums.error += squaredDistance(written, 0, foreseen, 0, written.length);
        for (let start = 0; start < written.length; start += mean.length) {
          sums.variation += squaredDistance(written, start, mean, 0, mean.length);
        }
      });
    });
  }

  #mlp(block: number, rows: readonly number[], written: Float32Array): void {
    const mean = this.#options.means.mlps[block];
    const tables = this.#options.tables.blocks[block];
    const sums = this.result.mlps[block];
    if (!mean || !tables || !sums) return;
    const width = mean.length;
    rows.forEach((current, time) => {
      const previous = rows[time - 1] ?? NO_ROW;
      const start = time * width;
      const toMean = squaredDistance(written, start, mean, 0, width);
      const distance = (table: Float32Array, row: number): number =>
        row === NO_ROW ? toMean : squaredDistance(written, start, table, row * width, width);
      sums.variation += toMean;
      sums.current += distance(tables.current, current);
      sums.previous += distance(tables.previous, previous);
    });
  }

  #neurons(block: number, first: number, rows: readonly number[], activations: Float32Array): void {
    const means = this.#options.means.neurons[block];
    const table = this.#options.tables.blocks[block]?.activations;
    const sums = this.result.mlps[block];
    if (!means || !table || !sums) return;
    const { neuronVariation, neuronError } = sums;
    const neurons = activations.length / rows.length;
    rows.forEach((row, time) => {
      for (let index = 0; index < neurons; index++) {
        const slot = first + index;
        const value = activations[time * neurons + index] as number;
        const mean = means[slot] as number;
        const foreseen = row === NO_ROW ? mean : (table[row * means.length + slot] as number);
        neuronVariation[slot] = (neuronVariation[slot] as number) + (value - mean) * (value - mean);
        neuronError[slot] = (neuronError[slot] as number) + (value - foreseen) * (value - foreseen);
      }
    });
  }
}

/** Between `count` numbers of two arrays. */
function squaredDistance(
  one: Float32Array,
  oneStart: number,
  other: Float32Array,
  otherStart: number,
  count: number,
): number {
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const difference = (one[oneStart + index] as number) - (other[otherStart + index] as number);
    sum += difference * difference;
  }
  return sum;
}
