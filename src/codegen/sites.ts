import type { DensePartNode, HeadNode, LookNode, MlpNode } from "../ir/index.ts";
import type { LedgerEntry } from "../simplify/index.ts";

/** "opaque" reads weights without a reading, "rule" none of them, "mixed" answers part of the question by rules. */
export type SiteKind = "opaque" | "rule" | "mixed";

/** Whether rules alone decide where a head looks. */
export function looksByRule(head: HeadNode): boolean {
  return head.moves.kind === "constantMove" || !head.looks.some((look) => look.kind === "denseLook");
}

/** What a head is to a reader. */
export function headKind(head: HeadNode): SiteKind {
  if (head.moves.kind === "constantMove") return "rule";
  return looksByRule(head) ? "mixed" : "opaque";
}

/** What an MLP that had so many neurons is to a reader. */
export function mlpKind(mlp: MlpNode, neurons: number): SiteKind {
  const dense = denseNeurons(mlp).length;
  if (dense === 0) return "rule";
  return dense < neurons ? "mixed" : "opaque";
}

/** Whether something was tried at a site, or below it, and did not stay. */
export function hasRejection(ledger: readonly LedgerEntry[], site: string): boolean {
  return ledger.some((entry) => entry.action === "rejected" && isWithin(entry, site));
}

function isWithin(entry: LedgerEntry, site: string | undefined): boolean {
  return site === undefined || entry.site === site || entry.site.startsWith(`${site}.`);
}

/** A head's rule in a few words; undefined where it has none. */
export function ruleName(head: HeadNode): string | undefined {
  if (head.moves.kind === "constantMove") return "constant";
  if (!looksByRule(head)) return undefined;
  return head.looks.length === 0 ? "even attention" : head.looks.map(({ kind }) => LOOK_NAMES[kind]).join(" + ");
}

const LOOK_NAMES: Readonly<Record<LookNode["kind"], string>> = {
  denseLook: "dense",
  sinkLook: "sink",
  kernelLook: "kernel",
  tokenLook: "token scores",
  classLook: "class scores",
  matchLook: "match",
};

/** Indices, in the original model, of the neurons that an MLP still runs. */
export function denseNeurons(mlp: MlpNode): number[] {
  return mlp.parts
    .filter((part): part is DensePartNode => part.kind === "densePart")
    .flatMap((part) => part.neurons)
    .slice();
}

/**
 * Predicted KL, in nats a position, of what was accepted at a site and at sites below it, or everywhere where none is
 * named; undefined where nothing was.
 */
export function acceptedCost(ledger: readonly LedgerEntry[], site?: string): number | undefined {
  const accepted = ledger.filter((entry) => entry.action === "accepted" && isWithin(entry, site));
  return accepted.length === 0 ? undefined : accepted.reduce((sum, { predictedKl = 0 }) => sum + predictedKl, 0);
}
