import { compareRows } from "../engine/index.ts";
import type { Decision } from "../text/index.ts";

/** KL(original || program) in nats, summed over rows of scores. */
export function klOfRows(
  decision: Decision,
  original: readonly Float32Array[],
  program: readonly Float32Array[],
): number {
  return original.reduce((sum, row, index) => sum + compareRows(decision, row, program[index] ?? row).kl, 0);
}
