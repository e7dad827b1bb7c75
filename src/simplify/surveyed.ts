import { headBases, survey, type Survey } from "../profile/index.ts";
import type { Program } from "../ir/index.ts";
import { alignHeads } from "./exact/align-heads.ts";
import { positionCurves, type PositionCurve } from "./fit/position-curves.ts";
import type { Workshop } from "./workshop.ts";

/** What replacements would cost a program as it is, and the rules that were fitted to it. */
export interface Surveyed extends Pick<Survey, "columns"> {
  /** Position embeddings through fewer and fewer knots, each with its predicted KL. */
  readonly positions: readonly (PositionCurve & { readonly price: number })[];
}

/** Documents that are enough to find the bases of heads: what is dropped is then priced on all. */
const BASES_SHARE = 4;

/** The program with its heads in the bases in which columns can be left out one by one, and what everything would cost there. */
export async function surveyed(
  { engine, calibrate, ...sampling }: Workshop,
  program: Program,
): Promise<{ readonly program: Program; readonly surveyed: Surveyed }> {
  const some = calibrate.filter((_, index) => index % BASES_SHARE === 0);
  const aligned = alignHeads(program, await headBases(engine, program, some, sampling));
  const curves = positionCurves(aligned);
  const request = { changes: [], positions: curves.map(({ change }) => change) };
  const { columns, positions } = await survey(engine, aligned, calibrate, request, sampling);
  return {
    program: aligned,
    surveyed: { columns, positions: curves.map((curve, index) => ({ ...curve, price: positions[index] as number })) },
  };
}
