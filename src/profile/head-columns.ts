import { backwardWeights, patternToScoreGradient, type HeadStep, type LoadedProgram } from "../engine/index.ts";
import { columnsOf, denseLookOf, rowsOf, type Tensor } from "../runtime/index.ts";

/** Values of a head's narrow middle, a column a direction, and the objective's gradient there: both (time, columns). */
export interface ColumnValues {
  readonly values: Tensor;
  readonly gradient: Tensor;
}

/** A head's narrow middles during a backward pass: its queries, and the values that it moves. Absent where it has none. */
export interface HeadColumns {
  readonly looks?: ColumnValues;
  readonly moves?: ColumnValues;
}

/** The middles of the head of a step. The caller owns the memory (see Machine.scope). */
export function headColumns({ machine, model }: LoadedProgram, step: HeadStep): HeadColumns {
  const head = model.blocks[step.block]?.attention.heads[step.head];
  const transposed = backwardWeights(machine, model).heads[step.block]?.[step.head] ?? {};
  if (head?.moves.kind !== "dense" || !step.pattern || !transposed.output) return {};
  const { input, pattern, gradient } = step;
  const product = (a: Tensor, b: Tensor): Tensor => {
    const out = machine.allocate(rowsOf(a), columnsOf(b));
    machine.matmul(a, b, out);
    return out;
  };
  const values = product(input, head.moves.value); // (time, head width)
  if (head.moves.valueBias) machine.addRow(values, head.moves.valueBias);
  const atMoved = product(gradient, transposed.output);
  const moves = { values: product(pattern, values), gradient: atMoved };
  const look = denseLookOf(head.looks);
  if (!look) return { moves };
  const queries = product(input, look.query);
  machine.addRow(queries, look.queryBias);
  const keys = product(input, look.key);
  const atScores = product(atMoved, machine.transposed(values)); // (time, time)
  patternToScoreGradient(machine.values(atScores), machine.values(pattern), rowsOf(pattern));
  return { moves, looks: { values: queries, gradient: product(atScores, keys) } };
}
