import type { MlpNode, Program } from "../ir/index.ts";
import type { MlpProfile } from "../profile/index.ts";
import type { LedgerEntry } from "../simplify/index.ts";
import { aligned } from "./aligned.ts";
import { explainedSentence, fatesSentence, numbersInPlace, partLines } from "./mlp-parts-prose.ts";
import type { NeuronCounts } from "./neuron-counts.ts";
import { neuronLines, tellingCaption, tellingNeurons } from "./neuron-prose.ts";
import { acceptedExplained, denseNeurons, isConstantMlp, mlpKind } from "./sites.ts";
import { render } from "./templates.ts";
import type { TokenEffects } from "./token-effects.ts";
import type { TokenText } from "./token-text.ts";
import { tableLines } from "./vector-prose.ts";
import { mlpPartKeys } from "./weights.ts";
import { aboutNats, count, counted, nats, positivePercent } from "./wording.ts";

/** What is known about one MLP. */
export interface MlpFacts {
  readonly mlp: MlpNode;
  readonly program: Program;
  /** Of the MLP before anything was replaced. */
  readonly profile: MlpProfile;
  readonly neurons: NeuronCounts;
  readonly ledger: readonly LedgerEntry[];
  /** Predicted KL of what was replaced, where anything was. */
  readonly cost: number | undefined;
  /** What vectors do to the scores. */
  readonly effects: (vector: ArrayLike<number>) => TokenEffects;
}

/** The doc comment of an MLP: what was replaced and what that cost, what stays opaque, and neurons that show a theme. */
export function mlpProse(facts: MlpFacts, tokens: TokenText): string {
  const { mlp, program, profile, neurons, ledger, cost } = facts;
  const kind = mlpKind(mlp, neurons);
  const constant = isConstantMlp(mlp);
  const replaced = neurons.total - neurons.dense;
  const inPlace = numbersInPlace(mlp);
  const telling = tellingNeurons(new Set(denseNeurons(mlp)), profile.neurons, tokens);
  return render("mlp.txt", {
    opaque: kind === "opaque" && replaced === 0,
    constant,
    neurons: counted(neurons.total, "neuron"),
    its: replaced === 1 ? "its one neuron would" : `its ${count(replaced)} neurons`,
    fates: fatesSentence(neurons),
    parts: partLines(mlp),
    hasConstant: mlp.parts.some((part) => part.kind === "constantPart"),
    replaced: replaced > 0 ? count(replaced * 2 * program.width) : null,
    tables: inPlace > 0 ? count(inPlace) : null,
    several:
      ledger.filter(({ action, site }) => action === "accepted" && site.startsWith(`${mlp.id}.neuron`)).length > 1,
    cost: cost === undefined ? null : aboutNats(cost),
    explained: explainedSentence(mlp, ledger),
    price: nats(profile.price),
    table: tableSentence(facts),
    vectors: vectorLines(facts, tokens),
    caption: tellingCaption(telling.length),
    telling: telling.map(({ index, neuron }) => ({ lines: neuronLines(index, neuron, tokens) })),
  });
}

/** What the tables of an MLP say, each under its name in the code. */
function vectorLines({ mlp, program, effects }: MlpFacts, tokens: TokenText): string[] {
  const keys = mlpPartKeys(mlp);
  return aligned(
    mlp.parts.flatMap((part, index) =>
      part.kind === "classVectors" || part.kind === "tokenVectors"
        ? tableLines(part, program, effects, tokens).map((line, row) => [row === 0 ? (keys[index] ?? "") : "", line])
        : [],
    ),
  );
}

/** How far the best table of one token gets, where what stands in the MLP's place does not get as far. */
function tableSentence({ mlp, profile: { tokenTable }, neurons, ledger }: MlpFacts): string | null {
  if (!tokenTable) return null;
  const isReplaced = mlpKind(mlp, neurons) === "rule";
  if (isReplaced && !isConstantMlp(mlp)) {
    const inPlace = acceptedExplained(ledger, mlp.id);
    if (inPlace === undefined || inPlace >= tokenTable.explained) return null;
  }
  const written = isReplaced ? "the original's writes" : "it writes";
  return `A table by the ${tokenTable.by} alone would explain ${positivePercent(tokenTable.explained)} of what ${written} on held-out text.`;
}
