import type { JobContext } from "../../engine/index.ts";
import { createProgram } from "../../runtime/index.ts";
import type { RunningPackage } from "../running-package.ts";

/** The beginning of a text, and how many tokens to add to it. */
export interface Prompt {
  readonly id: string;
  readonly tokens: readonly number[];
  readonly wanted: number;
}

/** What the original and the package make of a prompt. */
export interface Continuations {
  readonly id: string;
  readonly original: readonly number[];
  readonly program: readonly number[];
}

/** Continues a prompt greedily with both. */
export default function continuePrompt(
  running: RunningPackage,
  { program }: JobContext<null>,
  { id, tokens, wanted }: Prompt,
): Continuations {
  const { machine, model } = program("original");
  const speechless = { encode: () => [], decode: () => "" };
  const original = machine.scope(() => [
    ...createProgram(machine, model, speechless).generate(tokens, { tokens: wanted }),
  ]);
  return { id, original, program: [...running.program.generate(tokens, { tokens: wanted })] };
}
