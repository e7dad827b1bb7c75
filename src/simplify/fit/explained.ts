import type { Program } from "../../ir/index.ts";
import { describeHeads, type HeadChange, type Profile } from "../../profile/index.ts";
import type { Workshop } from "../workshop.ts";

/** Documents that are enough to say how much a rule explains. */
const HELD_OUT_DOCUMENTS = 32;

/** Share of what heads of a program write on held-out text that other heads in their place foresee. */
export function explainedBy(
  workshop: Workshop,
  program: Program,
  changes: readonly HeadChange[],
  profile: Profile,
): Promise<readonly number[]> {
  const means = profile.heads.map((block) => block.map(({ mean }) => Float32Array.from(mean)));
  const heldOut = workshop.select.slice(0, HELD_OUT_DOCUMENTS);
  return describeHeads(workshop.engine, program, changes, means, heldOut, workshop);
}
