import { expect } from "vitest";
import { handlesOf, type Program } from "../../src/ir/index.ts";

/** The program with values made anew, from their place (in the last two axes) and what they were. */
export function withTensors(
  program: Program,
  changes: Readonly<Record<string, (row: number, column: number, value: number) => number>>,
): Program {
  const entries = handlesOf(program).flatMap((handle): [string, Float32Array][] => {
    const change = changes[handle.name];
    const columns = handle.shape.at(-1) ?? 1;
    const made = change && ((value: number, at: number) => change(Math.floor(at / columns), at % columns, value));
    return made ? [[handle.name, program.tensors.get(handle).map(made)]] : [];
  });
  expect(entries).toHaveLength(Object.keys(changes).length);
  return { ...program, tensors: program.tensors.with(entries) };
}
