import type { JobContext } from "../../engine/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { outputOfParts } from "../mlp-parts.ts";
import type { RunningPackage } from "../running-package.ts";
import { scoredRows } from "../scored-rows.ts";

/** Sums over positions of what each head and each part of an MLP writes: [block][head or part](width). */
export interface OutputSums {
  readonly positions: number;
  readonly heads: readonly (readonly (readonly number[])[])[];
  /** Constants have an empty sum. */
  readonly parts: readonly (readonly (readonly number[])[])[];
}

/** Runs the package on a document and adds up what its heads and the parts of its MLPs write. */
export default function meanOutputs(
  running: RunningPackage,
  _context: JobContext<null>,
  document: TokenDocument,
): OutputSums {
  const { machine, model } = running;
  const heads = model.blocks.map(({ attention }) => attention.heads.map((): number[] => []));
  const parts: number[][][] = [];
  scoredRows(
    running,
    { ...document, scored: [] },
    {
      headOutput: (block, head, output) =>
        heads[block]?.splice(head, 1, columnSums(machine.values(output), output.shape[1] ?? 1)),
      stream: (block, before, { shape, ...tensor }) => {
        if (before !== "mlp") return;
        const stream = { shape, values: machine.values({ shape, ...tensor }).slice() };
        parts[block] = (model.blocks[block]?.mlp.parts ?? []).map((part) =>
          part.kind === "constant"
            ? []
            : columnSums(outputOfParts(running, block, [part], document.tokens, stream), shape[1] ?? 1),
        );
      },
    },
  );
  return { positions: document.tokens.length, heads, parts };
}

/** (rows, columns) -> (columns) */
function columnSums(values: Float32Array, columns: number): number[] {
  const sums = new Array<number>(columns).fill(0);
  values.forEach((value, index) => {
    sums[index % columns] = (sums[index % columns] as number) + value;
  });
  return sums;
}
