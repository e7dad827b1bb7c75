import type { Block, Head, Model } from "../runtime/index.ts";
import type { RuleLook } from "./outline.ts";
import type { RunningPackage } from "./running-package.ts";

/** One change to a package's model, as plain data; `writes` (width) stands in for whatever the part wrote. */
export type Change =
  | { readonly at: "looks"; readonly block: number; readonly head: number; readonly ruleLooks: readonly RuleLook[] }
  | { readonly at: "head"; readonly block: number; readonly head: number; readonly writes: readonly number[] }
  | { readonly at: "part"; readonly block: number; readonly part: number; readonly writes: readonly number[] };

/** Changes that are made together. */
export type Variant = readonly Change[];

/** The package's model with the changes made. New vectors lie in the machine's current scope. */
export function withChanges(running: RunningPackage, variant: Variant): Model {
  const { model } = running;
  const blocks = [...model.blocks];
  for (const change of variant) {
    const block = blocks[change.block];
    if (block) blocks[change.block] = withChange(running, block, change);
  }
  return { ...model, blocks };
}

function withChange({ runtime, machine }: RunningPackage, block: Block, change: Change): Block {
  const { attention, mlp } = block;
  if (change.at === "part") {
    const part = runtime.constant(machine.store(change.writes, change.writes.length));
    return { ...block, mlp: { ...mlp, parts: mlp.parts.with(change.part, part) } };
  }
  const head = attention.heads[change.head];
  if (!head) return block;
  const changed: Head =
    change.at === "head"
      ? { ...head, moves: runtime.constant(machine.store(change.writes, change.writes.length)) }
      : { ...head, looks: [...head.looks.filter(({ kind }) => kind === "dense"), ...change.ruleLooks] };
  return { ...block, attention: { ...attention, heads: attention.heads.with(change.head, changed) } };
}
