import type { HeadNode, MlpNode } from "../ir/index.ts";
import type { HeadProfile, KernelFit, MlpProfile } from "../profile/index.ts";
import type { KernelLook } from "../runtime/index.ts";
import { denseNeurons, looksByRule } from "./sites.ts";

/** The best simple rule that is known of a site, replaced or not. */
export interface SiteDescription {
  /** Share of what the site writes on held-out text that the rule foresees, from 0 to 1. */
  readonly described: number;
  /** What the rule knows, in words: "distance and first token", "current token". */
  readonly describedBy: string;
  /** Of a head that looks by weights: the rule's numbers, so that anybody can try it. */
  readonly closestRule?: { readonly sink: number; readonly steps: KernelLook["steps"] };
}

/** How a head is described; undefined where nothing was fitted. A constant foresees nothing. */
export function headDescription(head: HeadNode, { kernelFit }: HeadProfile): SiteDescription | undefined {
  if (head.moves.kind === "constantMove") return CONSTANT;
  return kernelFit && kernelDescription(kernelFit, !looksByRule(head));
}

/** How an MLP is described; undefined where nothing was measured. */
export function mlpDescription(mlp: MlpNode, { tokenTable }: MlpProfile): SiteDescription | undefined {
  if (denseNeurons(mlp).length === 0) return CONSTANT;
  return tokenTable && { described: asShare(tokenTable.explained), describedBy: tokenTable.by };
}

const CONSTANT: SiteDescription = { described: 0, describedBy: "a constant" };

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
