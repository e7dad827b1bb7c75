import type { JobContext } from "../../engine/index.ts";
import * as runtime from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { runnerOf, type RunningAlgorithm } from "../algorithm/running.ts";
import { scoredRows } from "../scored-rows.ts";

/** Sums over the positions of a document. */
export interface OriginalSums {
  readonly positions: number;
  /** What the original's heads and MLPs write: [block][head](width), [block](width). */
  readonly heads: readonly (readonly (readonly number[])[])[];
  readonly mlps: readonly (readonly number[])[];
  /** The averages of the algorithm. */
  readonly averages: readonly number[];
}

/** Adds up what the original writes, and what the algorithm finds, in a document. */
export default function algorithmMeans(
  running: RunningAlgorithm,
  { program, options }: JobContext<{ readonly words: readonly string[] }>,
  document: TokenDocument,
): OriginalSums {
  const original = program("original");
  const heads: number[][][] = original.model.blocks.map(() => []);
  const mlps: number[][] = [];
  const sumOf = (output: runtime.Tensor): number[] => {
    const width = runtime.columnsOf(output);
    const sums = new Array<number>(width).fill(0);
    original.machine
      .values(output)
      .forEach((value, index) => (sums[index % width] = (sums[index % width] as number) + value));
    return sums;
  };
  scoredRows(
    { runtime, ...original },
    { ...document, scored: [] },
    {
      headOutput: (block, head, output) => ((heads[block] as number[][])[head] = sumOf(output)),
      mlpOutput: (block, output) => (mlps[block] = sumOf(output)),
    },
  );
  const { averages } = runnerOf(running, running.algorithm, options.words)(document.tokens, document.position);
  return {
    positions: document.tokens.length,
    heads,
    mlps,
    averages: averages.map((values) => values.reduce((sum, value) => sum + value, 0)),
  };
}
