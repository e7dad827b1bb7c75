import type { BlockNode, HeadNode } from "../ir/index.ts";
import type { HeadProfile, MlpProfile } from "../profile/index.ts";
import { aligned } from "./aligned.ts";
import { attentionInBrief } from "./attention-prose.ts";
import { headName, twoDigitKey } from "./names.ts";
import type { LookedUp } from "./look-strength.ts";
import { headCategory, partsClause, type PartCounts } from "./summary.ts";
import { render } from "./templates.ts";
import { aboutNats, count, nats } from "./wording.ts";

/** What is known about one block. */
export interface BlockFacts {
  readonly index: number;
  readonly block: BlockNode;
  readonly heads: readonly HeadProfile[];
  readonly mlp: MlpProfile;
  readonly program: LookedUp;
  readonly counts: PartCounts;
  /** Predicted KL of what was replaced, where anything was. */
  readonly cost: number | undefined;
}

const KINDS: Readonly<Record<ReturnType<typeof headCategory>, string>> = {
  opaque: "unexplained",
  partly: "in part by rule",
  byRule: "looks by rule",
  symbolic: "wholly by rule",
  constant: "constant",
};

/** The doc comment of a block: how much is explained, and a line for every head and the MLP. */
export function blockProse({ index, block, heads, mlp, program, counts, cost }: BlockFacts): string {
  const nodes = block.attention.heads;
  const rows = [
    ...nodes.map((head, number) => headRow(head, headName(head, number, program), heads[number] as HeadProfile)),
    mlpRow(counts, twoDigitKey("mlp", index), mlp),
  ];
  return render("block.txt", {
    index,
    summary: partsClause(counts),
    cost: cost === undefined ? null : aboutNats(cost),
    lines: aligned(rows),
  });
}

type Row = readonly [name: string, kind: string, detail: string, price: string];

function headRow(head: HeadNode, name: string, profile: HeadProfile): Row {
  return [name, KINDS[headCategory(head)], attentionInBrief(profile), nats(profile.price)];
}

function mlpRow({ neurons }: PartCounts, name: string, { price }: MlpProfile): Row {
  const { total, dense, constant } = neurons;
  const kind =
    dense === total ? "unexplained" : constant === total ? "constant" : dense === 0 ? "replaced" : "in part replaced";
  const detail = dense === 0 || dense === total ? "" : `${count(dense)} of ${count(total)} neurons left`;
  return [name, kind, detail, nats(price)];
}
