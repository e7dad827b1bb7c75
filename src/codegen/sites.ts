import type { DensePartNode, HeadNode, LookNode, MlpNode, MlpPartNode, MoveNode } from "../ir/index.ts";
import type { LedgerEntry } from "../simplify/index.ts";

/** "opaque" reads weights without a reading, "rule" none of them, "mixed" answers part of the question by rules. */
export type SiteKind = "opaque" | "rule" | "mixed";

/** Whether rules alone decide where a head looks. */
export function looksByRule(head: HeadNode): boolean {
  return head.moves.kind === "constantMove" || !head.looks.some((look) => look.kind === "denseLook");
}

/** Whether what a head moves comes from a table or is constant. */
export function movesByRule({ moves }: HeadNode): boolean {
  return moves.kind !== "denseMove";
}

/** What a head is to a reader. */
export function headKind(head: HeadNode): SiteKind {
  const hasRule = movesByRule(head) || looksByRule(head) || head.looks.some((look) => look.kind !== "denseLook");
  if (!hasRule) return "opaque";
  return movesByRule(head) && looksByRule(head) ? "rule" : "mixed";
}

/** Kinds of parts that read opaque weights. */
const OPAQUE_PARTS: ReadonlySet<MlpPartNode["kind"]> = new Set(["affinePart", "densePart"]);

/** What an MLP is to a reader: a constant beside opaque parts explains something only where it stands for neurons. */
export function mlpKind(mlp: MlpNode, neurons: { readonly constant: number }): SiteKind {
  if (mlp.parts.every(({ kind }) => !OPAQUE_PARTS.has(kind))) return "rule";
  const hasRule = mlp.parts.some(({ kind }) => !OPAQUE_PARTS.has(kind) && kind !== "constantPart");
  return hasRule || neurons.constant > 0 ? "mixed" : "opaque";
}

/** Whether an MLP writes the same everywhere. */
export function isConstantMlp({ parts }: MlpNode): boolean {
  return parts.every(({ kind }) => kind === "constantPart");
}

/** Whether something was tried at a site, or below it, and did not stay. */
export function hasRejection(ledger: readonly LedgerEntry[], site: string): boolean {
  return ledger.some((entry) => entry.action === "rejected" && isWithin(entry, site));
}

function isWithin(entry: LedgerEntry, site: string | undefined): boolean {
  return site === undefined || entry.site === site || entry.site.startsWith(`${site}.`);
}

/** A head's rule in a few words: "sink + class scores -> token vectors"; undefined where it has none. */
export function headRuleName(head: HeadNode): string | undefined {
  if (head.moves.kind === "constantMove") return "constant";
  if (headKind(head) === "opaque") return undefined;
  const looks = head.looks.length === 0 ? "even attention" : head.looks.map(lookName).join(" + ");
  return movesByRule(head) ? `${looks} -> ${MOVE_NAMES[head.moves.kind]}${placeName(head.moves)}` : looks;
}

/** What stands for an MLP's neurons in a few words; undefined where all of it is opaque. */
export function mlpRuleName(mlp: MlpNode, neurons: { readonly constant: number }): string | undefined {
  if (mlpKind(mlp, neurons) === "opaque") return undefined;
  return mlp.parts.map((part) => `${PART_NAMES[part.kind]}${placeName(part)}`).join(" + ");
}

const LOOK_NAMES: Readonly<Record<LookNode["kind"], string>> = {
  denseLook: "dense",
  sinkLook: "sink",
  kernelLook: "kernel",
  tokenLook: "token scores",
  classLook: "class scores",
  matchLook: "match",
};

const MOVE_NAMES: Readonly<Record<MoveNode["kind"], string>> = {
  denseMove: "dense",
  constantMove: "constant",
  classVectors: "class vectors",
  tokenVectors: "token vectors",
};

const PART_NAMES: Readonly<Record<MlpPartNode["kind"], string>> = {
  constantPart: "constant",
  affinePart: "affine",
  classVectors: MOVE_NAMES.classVectors,
  tokenVectors: MOVE_NAMES.tokenVectors,
  rulePart: "rule",
  densePart: "dense",
};

function lookName(look: LookNode): string {
  if (look.kind === "matchLook") return look.rule.keyBack === 0 ? "same token" : "follows match";
  if (look.kind !== "classLook") return `${LOOK_NAMES[look.kind]}${placeName(look)}`;
  const { queryBack, keyBack } = look;
  const places = [
    ...(queryBack > 0 ? [`query ${queryBack} back`] : []),
    ...(keyBack > 0 ? [`key ${keyBack} back`] : []),
  ];
  return `${LOOK_NAMES.classLook}${places.length > 0 ? ` (${places.join(", ")})` : ""}`;
}

/** " (1 back)" of what reads an earlier token than the one at hand. */
function placeName(node: object): string {
  return "back" in node && typeof node.back === "number" && node.back > 0 ? ` (${node.back} back)` : "";
}

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

/** Share of what a site writes on held-out text that its accepted rule foresees; undefined where that was not measured. */
export function acceptedExplained(ledger: readonly LedgerEntry[], site: string): number | undefined {
  return ledger.findLast((entry) => entry.action === "accepted" && entry.site === site && entry.explained !== undefined)
    ?.explained;
}
