import type { Job } from "../../engine/index.ts";
import type { Machine, Tensor } from "../../runtime/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { product, visitHeads, weighedScores } from "../path-scores.ts";

/** What each source brings to the variance of a head's scores, on either side and with all of the other side. */
export interface SourceShares {
  /** In the order of `sourcesBefore`. */
  readonly query: readonly number[];
  readonly key: readonly number[];
}

/** Covariances of every source's part of the scores with the whole score, summed over queries; by head. */
const sourceShares: Job<undefined, TokenDocument, ReadonlyMap<string, SourceShares>> = ({ program }, document) => {
  const loaded = program("program");
  const { machine, place } = loaded;
  const shares = new Map<string, SourceShares>();
  visitHeads(loaded, document, (head) => {
    const { queries, keys, weights } = weighedScores(loaded, head);
    const found = times(machine, weights, keys); // what a query meets: its covariance is its product with it
    const asked = times(machine, machine.transposed(weights), queries);
    // Back to the width of the stream, where sources are: cheaper than every source's queries and keys.
    const toQuery = machine.values(times(machine, found, machine.transposed(place(head.look.query)))).slice();
    const toKey = machine.values(times(machine, asked, machine.transposed(place(head.look.key)))).slice();
    const sources = [...head.terms];
    const bias = everyRow(machine, place(head.look.queryBias), found);
    shares.set(head.site, {
      query: sources.map(
        ([source, rows]) => product(machine.values(rows), toQuery) + (source === "constant" ? bias : 0),
      ),
      key: sources.map(([, rows]) => product(machine.values(rows), toKey)),
    });
  });
  return shares;
};

export default sourceShares;

function times(machine: Machine, one: Tensor, other: Tensor): Tensor {
  const out = machine.allocate(one.shape[0] as number, other.shape[1] as number);
  machine.matmul(one, other, out);
  return out;
}

/** Sum of a vector's products with every row. */
function everyRow(machine: Machine, vector: Tensor, rows: Tensor): number {
  const same = machine.allocate(...rows.shape);
  machine.values(same).fill(0);
  machine.addRow(same, vector);
  return product(machine.values(same), machine.values(rows));
}
