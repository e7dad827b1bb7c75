/** Vectors that are looked up by tokens, never computed from the residual stream. */
import type { Machine } from "./machine.ts";
import type { ClassVectors, TokenVectors } from "./parts.ts";
import { columnsOf, rowRange, rowsOf, type Tensor } from "./tensor.ts";

/** Adds a token's vector to each row of `output` (time, width); the rows are the last of the tokens. */
export function addTokenWrites(
  machine: Machine,
  part: ClassVectors | TokenVectors,
  tokens: readonly number[],
  output: Tensor,
): void {
  const past = tokens.length - rowsOf(output);
  if (part.kind === "classVectors") {
    const rows = entries(machine, part, tokens);
    for (let row = 0; row < rowsOf(output); row++) {
      const entry = rows[past + row] as number;
      if (entry >= 0) machine.add(rowRange(output, row, 1), rowRange(part.vectors, entry, 1));
    }
    return;
  }
  const amounts = rowRange(amountsByPosition(machine, part, tokens), past, rowsOf(output));
  machine.matmul(amounts, part.directions, output, true);
}

/** What a head with this pattern (time, past + time) writes when it moves the vectors of tokens: fills output (time, width). */
export function movedTokenWrites(
  machine: Machine,
  part: ClassVectors | TokenVectors,
  tokens: readonly number[],
  pattern: Tensor,
  output: Tensor,
): void {
  if (part.kind === "classVectors") {
    const rows = entries(machine, part, tokens);
    machine.matmul(attentionByEntry(machine, pattern, rows, rowsOf(part.vectors)), part.vectors, output);
    return;
  }
  const amounts = amountsByPosition(machine, part, tokens); // (past + time, rank)
  const moved = machine.allocate(rowsOf(pattern), columnsOf(amounts));
  machine.matmul(pattern, amounts, moved);
  machine.matmul(moved, part.directions, output);
}

/** The row of the table that each position looks up; below 0 where there is no token. */
export function entries(machine: Machine, part: ClassVectors | TokenVectors, tokens: readonly number[]): Int32Array {
  const shared = part.kind === "classVectors" ? part.classes : part.groups;
  const rowOf = shared && machine.values(shared);
  return Int32Array.from(tokens, (_, position) => {
    if (position < part.back) return -1;
    const token = tokens[position - part.back] as number;
    return rowOf ? (rowOf[token] as number) : token;
  });
}

/** How much of each direction the token that each position looks up writes: (tokens, rank). */
export function amountsByPosition(machine: Machine, part: TokenVectors, tokens: readonly number[]): Tensor {
  const amounts = gathered(machine, part.amounts, entries(machine, part, tokens));
  if (part.first && part.back < tokens.length) {
    machine.add(rowRange(amounts, part.back, 1), rowRange(part.amounts, rowsOf(part.amounts) - 1, 1));
  }
  return amounts;
}

/** Rows of a table, one a position; zeros where there is none. */
export function gathered(machine: Machine, table: Tensor, rows: Int32Array): Tensor {
  const out = machine.allocate(rows.length, columnsOf(table));
  rows.forEach((entry, row) => {
    const to = machine.values(rowRange(out, row, 1));
    if (entry >= 0) to.set(machine.values(rowRange(table, entry, 1)));
    else to.fill(0);
  });
  return out;
}

/** A pattern's attention added up by the table row that each key looks up: (time, keys) -> (time, table rows). */
export function attentionByEntry(machine: Machine, pattern: Tensor, rows: Int32Array, count: number): Tensor {
  const out = machine.allocate(rowsOf(pattern), count);
  const [sums, shares] = [machine.values(out), machine.values(pattern)];
  sums.fill(0);
  const keys = columnsOf(pattern);
  for (let row = 0; row < rowsOf(pattern); row++) {
    for (let key = 0; key < keys; key++) {
      const entry = rows[key] as number;
      if (entry < 0) continue;
      const at = row * count + entry;
      sums[at] = (sums[at] as number) + (shares[row * keys + key] as number);
    }
  }
  return out;
}
