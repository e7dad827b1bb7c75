import { type Job, type LoadedProgram } from "../../engine/index.ts";
import { columnsOf, rowsOf } from "../../runtime/index.ts";
import type { DocumentGroup } from "../corpus.ts";
import { differentiate, type Drawing } from "../differentiate.ts";
import { headColumns, type ColumnValues } from "../head-columns.ts";

/** Sums over rows of a narrow middle of n columns and of the gradient there. */
export interface MiddleSums {
  readonly rows: number;
  /** (n) */
  readonly values: Float64Array;
  /** Products of two columns: (n, n), row by row. */
  readonly valueProducts: Float64Array;
  readonly gradientProducts: Float64Array;
}

/** The middles of one head. */
export interface HeadSums {
  readonly looks?: MiddleSums;
  readonly moves?: MiddleSums;
}

/** Second moments of every head's queries and moved values, and of the gradients there: [block][head]. */
const headBases: Job<Drawing, DocumentGroup, HeadSums[][]> = ({ program, options }, group) => {
  const loaded = program("program");
  const sums = loaded.model.blocks.map(({ attention }) => attention.heads.map((): HeadSums => ({})));
  group.documents.forEach((document, offset) =>
    differentiate(loaded, document, options, group.first + offset, () => ({
      head: (step) =>
        loaded.machine.scope(() => {
          const columns = headColumns(loaded, step);
          const before = sums[step.block]?.[step.head] ?? {};
          sums[step.block]?.splice(step.head, 1, {
            ...(columns.looks && { looks: added(loaded, before.looks, columns.looks) }),
            ...(columns.moves && { moves: added(loaded, before.moves, columns.moves) }),
          });
        }),
    })),
  );
  return sums;
};

export default headBases;

function added({ machine }: LoadedProgram, before: MiddleSums | undefined, columns: ColumnValues): MiddleSums {
  const count = columnsOf(columns.values);
  const sums = before ?? {
    rows: 0,
    values: new Float64Array(count),
    valueProducts: new Float64Array(count * count),
    gradientProducts: new Float64Array(count * count),
  };
  const addProducts = (into: Float64Array, rows: ColumnValues["values"]): void => {
    const products = machine.allocate(count, count);
    machine.matmul(machine.transposed(rows), rows, products);
    const found = machine.values(products);
    for (let index = 0; index < into.length; index++) into[index] = (into[index] as number) + (found[index] as number);
  };
  addProducts(sums.valueProducts, columns.values);
  addProducts(sums.gradientProducts, columns.gradient);
  const values = machine.values(columns.values);
  for (let index = 0; index < values.length; index++) {
    const column = index % count;
    sums.values[column] = (sums.values[column] as number) + (values[index] as number);
  }
  return { ...sums, rows: sums.rows + rowsOf(columns.values) };
}
