import { columnsOf, rowsOf, type Machine, type Tensor } from "../../runtime/index.ts";

/** a b, plus a bias to every row, in new memory. */
export function projected(machine: Machine, a: Tensor, b: Tensor, bias?: Tensor): Tensor {
  const out = machine.allocate(rowsOf(a), columnsOf(b));
  machine.matmul(a, b, out);
  if (bias) machine.addRow(out, bias);
  return out;
}

/** Zeros in new memory. */
export function zeros(machine: Machine, shape: readonly number[]): Tensor {
  const out = machine.allocate(...shape);
  machine.values(out).fill(0);
  return out;
}

/** Adds the gradient of weights that turn `input` into something with this `gradient`: input transposed times gradient. */
export function addWeightGradient(
  machine: Machine,
  into: Tensor | undefined,
  inputTransposed: Tensor | undefined,
  gradient: Tensor,
): void {
  if (into && inputTransposed) machine.matmul(inputTransposed, gradient, into, true);
}

/** Adds the sum of all rows: the gradient of a bias. */
export function addRowSum(machine: Machine, into: Tensor | undefined, rows: Tensor): void {
  if (!into) return;
  machine.scope(() => {
    const ones = machine.allocate(1, rowsOf(rows));
    machine.values(ones).fill(1);
    machine.matmul(ones, rows, into, true);
  });
}

/** Adds each row to the row of `into` that `entries` names; rows with an entry below 0 go nowhere. */
export function scatterRows(machine: Machine, into: Tensor | undefined, entries: Int32Array, rows: Tensor): void {
  if (!into) return;
  const columns = columnsOf(rows);
  const [to, from] = [machine.values(into), machine.values(rows)];
  for (let row = 0; row < entries.length; row++) {
    const entry = entries[row] as number;
    if (entry < 0) continue;
    const [start, source] = [entry * columns, row * columns];
    for (let column = 0; column < columns; column++) {
      to[start + column] = (to[start + column] as number) + (from[source + column] as number);
    }
  }
}
