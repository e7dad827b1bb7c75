import type { BlockNode, HeadNode } from "../ir/index.ts";
import type { HeadProfile, MlpProfile } from "../profile/index.ts";
import { attentionInBrief } from "./attention-prose.ts";
import { headName, twoDigitKey } from "./names.ts";
import { denseNeurons, headKind } from "./sites.ts";
import { blockCounts, partsClause } from "./summary.ts";
import { render } from "./templates.ts";
import { count, nats } from "./wording.ts";

/** What is known about one block. */
export interface BlockFacts {
  readonly index: number;
  readonly block: BlockNode;
  readonly heads: readonly HeadProfile[];
  readonly mlp: MlpProfile;
  readonly context: number;
  /** Predicted KL of what was replaced, where anything was. */
  readonly cost: number | undefined;
}

const KINDS = { opaque: "unexplained", mixed: "looks by rule", rule: "constant" } as const;

/** The doc comment of a block: how much is explained, and a line for every head and the MLP. */
export function blockProse({ index, block, heads, mlp, context, cost }: BlockFacts): string {
  const nodes = block.attention.heads;
  const rows = [
    ...nodes.map((head, number) => headRow(head, headName(head, number, context), heads[number] as HeadProfile)),
    mlpRow(block, twoDigitKey("mlp", index), mlp),
  ];
  return render("block.txt", {
    index,
    summary: partsClause(blockCounts(block, mlp.neurons.length)),
    cost: cost === undefined ? null : nats(cost),
    lines: aligned(rows),
  });
}

type Row = readonly [name: string, kind: string, detail: string, price: string];

function headRow(head: HeadNode, name: string, profile: HeadProfile): Row {
  return [name, KINDS[headKind(head)], attentionInBrief(profile), nats(profile.price)];
}

function mlpRow({ mlp }: BlockNode, name: string, { neurons, price }: MlpProfile): Row {
  const dense = denseNeurons(mlp).length;
  const kind = dense === 0 ? "constant" : "unexplained";
  const detail = dense === 0 || dense === neurons.length ? "" : `${count(dense)} of ${count(neurons.length)} neurons`;
  return [name, kind, detail, nats(price)];
}

/** Rows as lines whose columns begin below each other. */
function aligned(rows: readonly Row[]): string[] {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
}
