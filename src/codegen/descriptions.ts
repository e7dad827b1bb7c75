import type { HeadNode, MlpNode } from "../ir/index.ts";
import type { HeadProfile, KernelFit, MlpProfile } from "../profile/index.ts";
import type { KernelLook } from "../runtime/index.ts";
import { headRuleName, isConstantMlp, looksByRule } from "./sites.ts";

/** The best simple rule that is known of a site, replaced or not. */
export interface SiteDescription {
  /** Share of what the site writes on held-out text that the rule foresees, from 0 to 1. */
  readonly described: number;
  /** What the rule knows, in words: "distance and first token", "current token". */
  readonly describedBy: string;
  /** Of a head: the numbers of the rule by distance that is closest to where the original's looks, so that anybody can try it. */
  readonly closestRule?: { readonly sink: number; readonly steps: KernelLook["steps"] };
}

/**
 * How a head is described: by its own rule, or by the closest one by distance, whichever foresees more; undefined where
 * neither was measured. A constant foresees nothing, but what it replaced may be described.
 *
 * @param explained what its accepted rule foresees, where that was measured
 */
export function headDescription(
  head: HeadNode,
  { kernelFit }: HeadProfile,
  explained?: number,
): SiteDescription | undefined {
  const own = ownDescription(head, explained);
  if (!kernelFit) return own;
  const closest = kernelDescription(kernelFit);
  return { ...better(own, closest), closestRule: closest.closestRule };
}

function ownDescription(head: HeadNode, explained: number | undefined): SiteDescription | undefined {
  if (head.moves.kind === "constantMove") return CONSTANT;
  return looksByRule(head) ? ruleDescription(explained, headRuleName(head)) : undefined;
}

/** How an MLP is described, in the same way: by its own tables, or by the table of one token. */
export function mlpDescription(
  mlp: MlpNode,
  { tokenTable }: MlpProfile,
  explained?: number,
): SiteDescription | undefined {
  const table = tokenTable && { described: asShare(tokenTable.explained), describedBy: tokenTable.by };
  const isRead = mlp.parts.every(({ kind }) => kind !== "densePart" && kind !== "affinePart");
  const own = isConstantMlp(mlp) ? CONSTANT : isRead ? ruleDescription(explained, PARTS_IN_WORDS) : undefined;
  return table ? better(own, table) : own;
}

const CONSTANT: SiteDescription = { described: 0, describedBy: "a constant" };
const PARTS_IN_WORDS = "tables by token";

/** Of equals the second. */
function better(one: SiteDescription | undefined, other: SiteDescription): SiteDescription {
  return one && one.described > other.described ? one : other;
}

function ruleDescription(explained: number | undefined, by: string | undefined): SiteDescription | undefined {
  return explained === undefined || by === undefined ? undefined : { described: asShare(explained), describedBy: by };
}

function kernelDescription({ rule, sink, explained }: KernelFit): Required<SiteDescription> {
  return {
    described: asShare(explained),
    describedBy: "distance and first token",
    closestRule: { sink: sink.score, steps: rule.steps },
  };
}

function asShare(explained: number): number {
  return Math.min(1, Math.max(0, explained));
}
