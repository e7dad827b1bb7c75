import type { Job, LoadedProgram } from "../../engine/index.ts";
import { columnsOf, type Tensor } from "../../runtime/index.ts";
import { ChangePrices, type HeadChange } from "../change-prices.ts";
import type { DocumentGroup } from "../corpus.ts";
import { differentiate, type Drawing } from "../differentiate.ts";
import { headColumns } from "../head-columns.ts";

/**
 * Sums over positions and draws, a column each: of the value a, of the squared gradient g^2, of g^2 a and of g^2 a^2. The
 * predicted KL of a constant c in place of the column follows: half of E[g^2 (a - c)^2].
 */
export interface ColumnSums {
  rows: number;
  readonly value: Float64Array;
  readonly weight: Float64Array;
  readonly weighted: Float64Array;
  readonly weightedSquare: Float64Array;
  /** Squares of what single backward passes came to with the constant 0: how much passes differ. */
  readonly passSquare: Float64Array;
}

/** Sums of a program's columns by "block00.head01.looks", "block00.head01.moves" and "block00.mlp.part1". */
export type ColumnSumsBySite = Map<string, ColumnSums>;

/** What all groups have in common. */
export interface SurveyOptions extends Drawing {
  /** Head replacements to price; their tensors are in the program's store. */
  readonly changes: readonly HeadChange[];
}

/** Sums over the documents of a group, and over the answers drawn for each; predicted KL in nats for changes. */
export interface GroupSurvey {
  readonly columns: ColumnSumsBySite;
  readonly changes: Float64Array;
}

/** Prices every head's queries and moved values, every neuron, and some changes on a group of documents. */
const survey: Job<SurveyOptions, DocumentGroup, GroupSurvey> = ({ program, options }, group) => {
  const loaded = program("program");
  const columns: ColumnSumsBySite = new Map();
  const changes = new ChangePrices(loaded, options.changes);
  group.documents.forEach((document, offset) =>
    differentiate(loaded, document, options, group.first + offset, () => ({
      head: (step) => {
        loaded.machine.scope(() => {
          const site = loaded.program.blocks[step.block]?.attention.heads[step.head]?.id ?? "";
          const { looks, moves } = headColumns(loaded, step);
          if (looks) add(loaded, columns, `${site}.looks`, looks.values, looks.gradient);
          if (moves) add(loaded, columns, `${site}.moves`, moves.values, moves.gradient);
        });
        changes.head(step);
      },
      activations: (block, part, activations, gradient) => {
        const site = loaded.program.blocks[block]?.mlp.parts[part]?.id ?? "";
        add(loaded, columns, site, activations, gradient);
      },
    })),
  );
  return { columns, changes: changes.sums };
};

export default survey;

function add(
  { machine }: LoadedProgram,
  bySite: ColumnSumsBySite,
  site: string,
  values: Tensor,
  gradient: Tensor,
): void {
  const columns = columnsOf(values);
  const zeros = (): Float64Array => new Float64Array(columns);
  const sums = bySite.get(site) ?? {
    ...{ rows: 0, value: zeros(), weight: zeros(), weighted: zeros(), weightedSquare: zeros(), passSquare: zeros() },
  };
  bySite.set(site, sums);
  const { value, weight, weighted, weightedSquare, passSquare } = sums;
  const pass = zeros();
  const [a, g] = [machine.values(values), machine.values(gradient)];
  for (let start = 0; start < a.length; start += columns) {
    for (let column = 0; column < columns; column++) {
      const own = a[start + column] as number;
      const slope = g[start + column] as number;
      const square = slope * slope;
      value[column] = (value[column] as number) + own;
      weight[column] = (weight[column] as number) + square;
      weighted[column] = (weighted[column] as number) + square * own;
      pass[column] = (pass[column] as number) + square * own * own;
    }
  }
  pass.forEach((sum, column) => {
    weightedSquare[column] = (weightedSquare[column] as number) + sum;
    passSquare[column] = (passSquare[column] as number) + sum * sum;
  });
  sums.rows += a.length / columns;
}
