import { tensorsOf, type MlpNode, type MlpPartNode } from "../ir/index.ts";
import type { LedgerEntry } from "../simplify/index.ts";
import { aligned } from "./aligned.ts";
import { explainedNeurons, type NeuronCounts, type NeuronStandIn } from "./neuron-counts.ts";
import { predicateWords } from "./rule-prose.ts";
import { acceptedExplained } from "./sites.ts";
import { tableClause } from "./vector-prose.ts";
import { mlpPartKeys } from "./weights.ts";
import { capitalised, count, counted, listed, positivePercent } from "./wording.ts";

/** What became of the neurons: "Of 512 neurons, 98 are held at the activation that costs least, which is part of the constant; …" */
export function fatesSentence({ total, dense, constant, affine, table, rule }: NeuronCounts): string {
  const are = (number: number): string => {
    const subject = number === total && total > 1 ? `all ${counted(total, "neuron")}` : count(number);
    return `${subject} ${number === 1 ? "is" : "are"}`;
  };
  const fates = [
    ...(constant > 0
      ? [`${are(constant)} held at the activation that costs least, which is part of the constant`]
      : []),
    ...(affine > 0 ? [`${are(affine)} absorbed by a linear map`] : []),
    ...(table > 0 ? [`${are(table)} looked up in tables by token`] : []),
    ...(rule > 0 ? [`${are(rule)} replaced by rules`] : []),
  ];
  if (fates.length === 0)
    return `All ${counted(total, "neuron")} are unexplained, and tables by token stand beside them.`;
  if (fates.length === 1 && dense === 0) return `${capitalised(fates[0] ?? "")}.`;
  const rest = dense === 0 ? "" : `; the other ${dense === 1 ? "one is" : `${count(dense)} are`} unexplained`;
  const said = fates.length > 1 && constant > 0 ? fates.join("; ") : listed(fates);
  return `Of ${counted(total, "neuron")}, ${said}${rest}.`;
}

/** A line for each part of an MLP that has more than neurons and a constant: its name in the code and what it is. */
export function partLines(mlp: MlpNode): string[] {
  const { parts } = mlp;
  const keys = mlpPartKeys(mlp);
  if (parts.every(({ kind }) => kind === "constantPart" || kind === "densePart")) return [];
  return aligned(parts.map((part, index) => [keys[index] ?? "", partClause(part)]));
}

function partClause(part: MlpPartNode): string {
  switch (part.kind) {
    case "constantPart":
      return "the same vector everywhere";
    case "affinePart":
      return `a linear map of the normed stream through ${counted(part.input.shape[1] ?? 0, "opaque direction")}`;
    case "densePart":
      return `${counted(part.neurons.length, "neuron")} on opaque weights`;
    case "rulePart":
      return `one vector ${predicateWords(part.when)}`;
    default:
      return tableClause(part, "current");
  }
}

/** Numbers of the linear maps and tables of an MLP. */
export function numbersInPlace({ parts }: MlpNode): number {
  return parts
    .filter(({ kind }) => kind !== "constantPart" && kind !== "densePart")
    .flatMap((part) => tensorsOf(part))
    .reduce((sum, [, { shape }]) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
}

const STAND_INS: Readonly<Record<NeuronStandIn, string>> = {
  constant: "constants explain",
  affine: "linear maps explain",
  table: "tables explain",
  rule: "rules explain",
};

/** How far what stands for the neurons foresees them, as measured; null where nothing was. */
export function explainedSentence(mlp: MlpNode, ledger: readonly LedgerEntry[]): string | null {
  const whole = acceptedExplained(ledger, mlp.id);
  if (whole !== undefined) return `On held-out text this explains ${positivePercent(whole)} of what the MLP writes.`;
  const clauses = (Object.keys(STAND_INS) as NeuronStandIn[]).flatMap((standIn) => {
    const shares = [...explainedNeurons(mlp, ledger, standIn)].sort((one, other) => one - other);
    const [least] = shares;
    const most = shares.at(-1);
    if (least === undefined || most === undefined) return [];
    const range = shares.length === 1 ? positivePercent(most) : `${positivePercent(least)} to ${positivePercent(most)}`;
    return [`${STAND_INS[standIn]} ${range} of ${shares.length === 1 ? "its neuron" : "each neuron"}`];
  });
  return clauses.length === 0 ? null : `On held-out text ${listed(clauses)}.`;
}
