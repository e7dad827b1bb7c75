import {
  amountsByPosition,
  attentionByEntry,
  columnsOf,
  entries,
  rowsOf,
  type ClassVectors,
  type Machine,
  type Tensor,
  type TokenVectors,
} from "../../runtime/index.ts";
import { addWeightGradient, projected, scatterRows } from "./products.ts";
import type { ParameterSink } from "./sink.ts";

/** Adds the gradients of vectors that an MLP writes by tokens, given the one at its output (time, width). */
export function throughTokenWrites(
  machine: Machine,
  part: ClassVectors | TokenVectors,
  tokens: readonly number[],
  gradient: Tensor,
  sink: ParameterSink,
): void {
  if (part.kind === "classVectors") {
    scatterRows(machine, sink.tensor(part.vectors), entries(machine, part, tokens), gradient);
    return;
  }
  const amounts = amountsByPosition(machine, part, tokens); // (time, rank)
  addWeightGradient(machine, sink.tensor(part.directions), machine.transposed(amounts), gradient);
  const atAmounts = projected(machine, gradient, machine.transposed(part.directions)); // (time, rank)
  scatterAmounts(machine, part, tokens, atAmounts, sink);
}

/**
 * The same for vectors that a head moves with its pattern (time, time); gives the gradient at the pattern in new memory,
 * keys after their query included.
 */
export function throughMovedTokenWrites(
  machine: Machine,
  part: ClassVectors | TokenVectors,
  tokens: readonly number[],
  pattern: Tensor,
  gradient: Tensor,
  sink: ParameterSink | undefined,
): Tensor {
  if (part.kind === "classVectors") {
    const rows = entries(machine, part, tokens);
    const atPattern = machine.allocate(...pattern.shape);
    machine.scope(() => {
      const into = sink?.tensor(part.vectors);
      const shares = into && machine.transposed(attentionByEntry(machine, pattern, rows, rowsOf(part.vectors)));
      addWeightGradient(machine, into, shares, gradient);
      const byEntry = projected(machine, gradient, machine.transposed(part.vectors)); // (time, classes)
      gatherColumns(machine.values(atPattern), machine.values(byEntry), rows, columnsOf(byEntry));
    });
    return atPattern;
  }
  const amounts = amountsByPosition(machine, part, tokens); // (time, rank)
  const atMoved = projected(machine, gradient, machine.transposed(part.directions)); // (time, rank)
  const atPattern = projected(machine, atMoved, machine.transposed(amounts));
  if (!sink) return atPattern;
  machine.scope(() => {
    const moved = projected(machine, pattern, amounts);
    addWeightGradient(machine, sink.tensor(part.directions), machine.transposed(moved), gradient);
    const atAmounts = projected(machine, machine.transposed(pattern), atMoved);
    scatterAmounts(machine, part, tokens, atAmounts, sink);
  });
  return atPattern;
}

/** Adds the gradient at each position's amounts (time, rank) to those of the rows that they come from. */
function scatterAmounts(
  machine: Machine,
  part: TokenVectors,
  tokens: readonly number[],
  gradient: Tensor,
  sink: ParameterSink,
): void {
  const into = sink.tensor(part.amounts);
  scatterRows(machine, into, entries(machine, part, tokens), gradient);
  if (!part.first) return;
  const last = rowsOf(part.amounts) - 1;
  const first = Int32Array.from(tokens, (_, position) => (position === part.back ? last : -1));
  scatterRows(machine, into, first, gradient);
}

/** Each row's values at the columns that `columns` names, 0 where it names none: (time, count) -> (time, keys). */
function gatherColumns(to: Float32Array, from: Float32Array, columns: Int32Array, count: number): void {
  const keys = columns.length;
  for (let row = 0; row < keys; row++) {
    for (let key = 0; key < keys; key++) {
      const column = columns[key] as number;
      to[row * keys + key] = column < 0 ? 0 : (from[row * count + column] as number);
    }
  }
}
