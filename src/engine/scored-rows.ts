import {
  columnsOf,
  read,
  rowsOf,
  startReading,
  type Machine,
  type Model,
  type Observer,
  type Tensor,
} from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";

/** The normed stream at the scored positions of a document: (scored, width). The caller owns the memory. */
export function scoredRows(
  machine: Machine,
  model: Model,
  { tokens, position, scored }: TokenDocument,
  observer: Observer = {},
): Tensor {
  const rows = machine.allocate(scored.length, columnsOf(model.embed.tokens));
  machine.scope(() => {
    const all = read(machine, model, startReading(machine, model, tokens.length, position), tokens, observer);
    gatherRows(machine, all, scored, rows);
  });
  return rows;
}

/** Fills `to` with the rows of `from` that `places` lists. */
export function gatherRows(machine: Machine, from: Tensor, places: readonly number[], to: Tensor): void {
  const columns = columnsOf(from);
  const [source, target] = [machine.values(from), machine.values(to)];
  places.forEach((place, row) => target.set(source.subarray(place * columns, (place + 1) * columns), row * columns));
}

/** Fills `to` with zeros, and the rows that `places` lists with the rows of `from`. */
export function spreadRows(machine: Machine, from: Tensor, places: readonly number[], to: Tensor): void {
  const columns = columnsOf(from);
  const [source, target] = [machine.values(from), machine.values(to)];
  if (places.length < rowsOf(to)) target.fill(0);
  places.forEach((place, row) => target.set(source.subarray(row * columns, (row + 1) * columns), place * columns));
}
