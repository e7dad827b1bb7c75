import { createRandom } from "../engine/index.ts";
import type { Block, Head, Model, RuleLook, Tensor } from "../runtime/index.ts";
import type { ShuffledField } from "./rule-kinds.ts";
import type { RunningPackage } from "./running-package.ts";
import { otherOrder } from "./shuffle.ts";

/** A rule by its place: one look of a head, what a head moves, or one part of an MLP. */
export type RulePlace =
  | { readonly of: "look"; readonly block: number; readonly head: number; readonly look: number }
  | { readonly of: "move"; readonly block: number; readonly head: number }
  | { readonly of: "part"; readonly block: number; readonly part: number };

/** One change to a package's model, as plain data; `writes` (width) stands in for whatever the part wrote. */
export type Change =
  | {
      readonly at: "looks";
      readonly block: number;
      readonly head: number;
      /** Looks to take away, by index, and others to add. */
      readonly without: readonly number[];
      readonly instead: readonly RuleLook[];
    }
  | { readonly at: "head"; readonly block: number; readonly head: number; readonly writes: readonly number[] }
  | { readonly at: "part"; readonly block: number; readonly part: number; readonly writes: readonly number[] }
  | {
      /** The numbers of one field of a rule in another order, which follows from the seeds. */
      readonly at: "order";
      readonly block: number;
      readonly place: RulePlace;
      readonly field: ShuffledField;
      readonly seeds: readonly [number, ...number[]];
    };

/** Changes that are made together. */
export type Variant = readonly Change[];

/** The package's model with the changes made. New tensors lie in the machine's current scope. */
export function withChanges(running: RunningPackage, variant: Variant): Model {
  const { model } = running;
  const blocks = [...model.blocks];
  for (const change of variant) {
    const block = blocks[change.block];
    if (block) blocks[change.block] = withChange(running, block, change);
  }
  return { ...model, blocks };
}

function withChange(running: RunningPackage, block: Block, change: Change): Block {
  const { runtime, machine } = running;
  if (change.at === "order") return withOrder(running, block, change);
  if (change.at === "part") {
    return withPart(block, change.part, runtime.constant(machine.store(change.writes, change.writes.length)));
  }
  const head = block.attention.heads[change.head];
  if (!head) return block;
  const changed: Head =
    change.at === "head"
      ? { ...head, moves: runtime.constant(machine.store(change.writes, change.writes.length)) }
      : { ...head, looks: [...head.looks.filter((_, look) => !change.without.includes(look)), ...change.instead] };
  return withHead(block, change.head, changed);
}

function withOrder(
  { machine }: RunningPackage,
  block: Block,
  { place, field, seeds }: Extract<Change, { at: "order" }>,
): Block {
  const reordered = <Rule extends object>(rule: Rule): Rule => {
    const held = (rule as Readonly<Record<string, Tensor | readonly number[]>>)[field.field];
    if (held === undefined) return rule;
    const random = createRandom(...seeds);
    if (!("offset" in held)) return { ...rule, [field.field]: otherOrder(held, random) };
    const columns = field.by === "rows" ? (held.shape[1] ?? 1) : 1;
    return {
      ...rule,
      [field.field]: machine.store(otherOrder(machine.values(held).slice(), random, columns), ...held.shape),
    };
  };
  if (place.of === "part") {
    const part = block.mlp.parts[place.part];
    return part ? withPart(block, place.part, reordered(part)) : block;
  }
  const head = block.attention.heads[place.head];
  if (!head) return block;
  if (place.of === "move") return withHead(block, place.head, { ...head, moves: reordered(head.moves) });
  const looks = head.looks.map((look, index) => (index === place.look ? reordered(look) : look));
  return withHead(block, place.head, { ...head, looks });
}

function withHead(block: Block, head: number, changed: Head): Block {
  const { attention } = block;
  return { ...block, attention: { ...attention, heads: attention.heads.with(head, changed) } };
}

function withPart(block: Block, part: number, changed: Block["mlp"]["parts"][number]): Block {
  return { ...block, mlp: { ...block.mlp, parts: block.mlp.parts.with(part, changed) } };
}
