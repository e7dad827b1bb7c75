import type { BlockNode, HeadNode } from "../ir/index.ts";
import type { HeadProfile, MlpProfile } from "../profile/index.ts";
import { attendsClause } from "./head-prose.ts";
import { headName } from "./names.ts";
import { denseNeurons, headKind, ruleName } from "./sites.ts";
import { headCounts, headsClause, neuronsClause } from "./summary.ts";
import { render } from "./templates.ts";

/** What is known about one block. */
export interface BlockFacts {
  readonly index: number;
  readonly block: BlockNode;
  readonly heads: readonly HeadProfile[];
  readonly mlp: MlpProfile;
  readonly context: number;
}

/** The doc comment of a block: how much is explained, and a line for every head. */
export function blockProse({ index, block, heads, mlp, context }: BlockFacts): string {
  const nodes = block.attention.heads;
  const names = nodes.map((head, number) => headName(head, number, context));
  const longest = Math.max(...names.map((name) => name.length));
  const neurons = mlp.neurons.length;
  return render("block.txt", {
    index,
    heads: headsClause(headCounts(nodes)),
    neurons: neuronsClause({ neurons, constant: neurons - denseNeurons(block.mlp).length }),
    lines: nodes.map((head, number) => {
      const profile = heads[number] as HeadProfile;
      return `${(names[number] as string).padEnd(longest)}  ${headLine(head, profile)}`;
    }),
  });
}

function headLine(head: HeadNode, profile: HeadProfile): string {
  const kind = headKind(head);
  if (kind === "rule") return "writes a constant";
  return `${kind === "mixed" ? `by rule: ${ruleName(head)}` : "unexplained"}; ${attendsClause(profile)}`;
}
