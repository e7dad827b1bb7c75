import { instantiate } from "../../src/engine/instantiate.ts";
import type { Program } from "../../src/ir/index.ts";
import { createPlainMachine, read, scoresOf, startReading } from "../../src/runtime/index.ts";

/** Next-token scores (time, vocabulary) of a program on a text, with the plain kernels. */
export function logitsOf(program: Program, tokens: readonly number[]): Float32Array {
  const machine = createPlainMachine();
  const model = instantiate(machine, program);
  const rows = read(machine, model, startReading(machine, model, tokens.length), tokens);
  return machine.values(scoresOf(machine, model, rows)).slice();
}

/** The largest absolute difference between two lists of numbers. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}.`);
  return Array.from(a).reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] as number))), 0);
}
