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
  /** Of a head that looks by weights: the rule's numbers, so that anybody can try it. */
  readonly closestRule?: { readonly sink: number; readonly steps: KernelLook["steps"] };
}

/**
 * How a head is described; undefined where nothing was fitted. A constant foresees nothing.
 *
 * @param explained what its accepted rule foresees, where that was measured
 */
export function headDescription(
  head: HeadNode,
  { kernelFit }: HeadProfile,
  explained?: number,
): SiteDescription | undefined {
  if (head.moves.kind === "constantMove") return CONSTANT;
  const accepted = acceptedDescription(explained, headRuleName(head));
  if (accepted && looksByRule(head)) return accepted;
  return kernelFit ? kernelDescription(kernelFit, !looksByRule(head)) : accepted;
}

/** How an MLP is described, in the same way; undefined where nothing was measured. */
export function mlpDescription(
  mlp: MlpNode,
  { tokenTable }: MlpProfile,
  explained?: number,
): SiteDescription | undefined {
  if (isConstantMlp(mlp)) return CONSTANT;
  const table = tokenTable && { described: asShare(tokenTable.explained), describedBy: tokenTable.by };
  const isRead = mlp.parts.every(({ kind }) => kind !== "densePart" && kind !== "affinePart");
  const accepted = isRead ? acceptedDescription(explained, PARTS_IN_WORDS) : undefined;
  if (!accepted || !table) return accepted ?? table;
  return accepted.described < table.described ? table : accepted;
}

const CONSTANT: SiteDescription = { described: 0, describedBy: "a constant" };
const PARTS_IN_WORDS = "tables by token";

function acceptedDescription(explained: number | undefined, by: string | undefined): SiteDescription | undefined {
  return explained === undefined || by === undefined ? undefined : { described: asShare(explained), describedBy: by };
}

function kernelDescription({ rule, sink, explained }: KernelFit, isOpen: boolean): SiteDescription {
  return {
    described: asShare(explained),
    describedBy: "distance and first token",
    ...(isOpen && { closestRule: { sink: sink.score, steps: rule.steps } }),
  };
}

function asShare(explained: number): number {
  return Math.min(1, Math.max(0, explained));
}
