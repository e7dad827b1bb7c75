import { edits } from "./edits.ts";
import { model } from "./model.ts";
import { applyEdits, createProgram, type Program } from "./runtime/index.ts";
import { machine, tokenizer } from "./weights.ts";

export type { Program } from "./runtime/index.ts";

/** The program, ready to run, with the changes of edits.ts. */
export async function load(): Promise<Program> {
  return createProgram(machine, applyEdits(model, edits), tokenizer);
}
