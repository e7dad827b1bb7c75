import type { Job } from "../../engine/index.ts";
import type { ScorePaths } from "../../ir/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { keysOf, product, queriesOf, visitHeads, weighedScores } from "../path-scores.ts";

/** For each head, by its id, the sources whose pairs are weighed. */
export type PathsBySite = ReadonlyMap<string, ScorePaths>;

/** Sums over the queries of one document. */
export interface PathShares {
  /** Covariance of each pair of sources' term with the whole score: a row a query source, a column a key source. */
  readonly covariances: Float64Array;
  /** Variance of the whole score. */
  readonly variance: number;
}

/** Weighs every pair of the listed sources, under the attention of the head; by head. */
const pathShares: Job<PathsBySite, TokenDocument, ReadonlyMap<string, PathShares>> = (
  { program, options },
  document,
) => {
  const loaded = program("program");
  const { machine } = loaded;
  const shares = new Map<string, PathShares>();
  visitHeads(loaded, document, (head) => {
    const paths = options.get(head.site);
    if (!paths) return;
    const { weights, variance } = weighedScores(loaded, head);
    const queries = [...queriesOf(loaded, head, paths.query).values()];
    const keys = [...keysOf(loaded, head, paths.key).values()];
    const covariances = new Float64Array(queries.length * keys.length);
    keys.forEach((rows, column) =>
      machine.scope(() => {
        // A term's own mean drops out, because the rows of the weights sum to 0.
        const found = machine.allocate(...rows.shape);
        machine.matmul(weights, rows, found);
        queries.forEach((asked, row) => {
          covariances[row * keys.length + column] = product(machine.values(asked), machine.values(found));
        });
      }),
    );
    shares.set(head.site, { covariances, variance });
  });
  return shares;
};

export default pathShares;
