import type { MlpNode } from "../ir/index.ts";
import type { MlpProfile, NeuronProfile } from "../profile/index.ts";
import { effectLines, withSurroundings } from "./context-prose.ts";
import { denseNeurons, mlpKind } from "./sites.ts";
import { render } from "./templates.ts";
import type { TokenText } from "./token-text.ts";
import { count, counted, nats, positivePercent } from "./wording.ts";

/** What is known about one MLP. */
export interface MlpFacts {
  readonly mlp: MlpNode;
  /** Of the MLP before anything was replaced. */
  readonly profile: MlpProfile;
  readonly width: number;
  /** Predicted KL of what was replaced, one neuron at a time, where anything was. */
  readonly cost: number | undefined;
}

/** The doc comment of an MLP: what was replaced and what that cost, what stays opaque, and neurons that show a theme. */
export function mlpProse(facts: MlpFacts, tokens: TokenText): string {
  const { mlp, profile, width, cost } = facts;
  const kind = mlpKind(mlp, profile.neurons.length);
  const dense = denseNeurons(mlp);
  const constant = profile.neurons.length - dense.length;
  const telling = tellingNeurons(new Set(dense), profile.neurons, tokens);
  return render("mlp.txt", {
    opaque: kind === "opaque",
    rule: kind === "rule",
    neurons: counted(profile.neurons.length, "neuron"),
    its: constant === 1 ? "its one neuron would" : `its ${count(constant)} neurons`,
    constant: constant > 0 ? count(constant) : null,
    several: constant > 1,
    are: constant === 1 ? "is" : "are",
    means: constant === 1 ? "its mean" : "their means",
    others: dense.length === 1 ? "one is" : `${count(dense.length)} are`,
    hasConstant: mlp.parts.some((part) => part.kind === "constantPart"),
    weights: count(constant * 2 * width),
    cost: cost === undefined ? null : nats(cost),
    price: nats(profile.price),
    caption: captionOf(telling),
    table: kind === "rule" ? null : tableSentence(profile),
    telling: telling.map(({ index, neuron }) => ({ lines: neuronLines(index, neuron, tokens) })),
  });
}

/** How far the best table of one token gets. */
function tableSentence({ tokenTable }: MlpProfile): string | null {
  if (!tokenTable) return null;
  return `A table by the ${tokenTable.by} alone would explain ${positivePercent(tokenTable.explained)} of what it writes on held-out text.`;
}

/** Neurons that are shown, and contexts of each. */
const SHOWN = 6;
const CONTEXTS = 2;

interface TellingNeuron {
  /** In the original model. */
  readonly index: number;
  readonly neuron: NeuronProfile;
}

/** What the neurons below it are; they keep the numbers that they have in the original model. */
function captionOf({ length }: readonly TellingNeuron[]): string {
  const [subject, their] =
    length === 1 ? ["A neuron of the original that fires", "its"] : ["Neurons of the original that fire", "their"];
  return `${subject} most on one token, and what ${their} output weights raise and lower:`;
}

/**
 * Neurons still running whose strongest contexts all have the same firing token, in model order: a theme that anybody
 * can check. Where there are many, the ones of the most expense that the token foresees.
 */
function tellingNeurons(
  dense: ReadonlySet<number>,
  neurons: readonly NeuronProfile[],
  tokens: TokenText,
): TellingNeuron[] {
  const themed = neurons
    .map((neuron, index): TellingNeuron => ({ index, neuron }))
    .filter(({ index, neuron }) => dense.has(index) && hasTheme(neuron));
  const telling = new Set(tokens.telling(themed.map(({ neuron }) => themeOf(neuron))));
  return themed
    .filter(({ neuron }) => telling.has(themeOf(neuron)))
    .sort((one, other) => foreseenPrice(other.neuron) - foreseenPrice(one.neuron) || one.index - other.index)
    .slice(0, SHOWN)
    .sort((one, other) => one.index - other.index);
}

/** What the neuron matters, as far as its token foresees it. */
function foreseenPrice({ price, explainedByToken = 1 }: NeuronProfile): number {
  return price * Math.max(explainedByToken, 0);
}

function hasTheme({ contexts }: NeuronProfile): boolean {
  return contexts.length > 1 && contexts.every(({ token }) => token === contexts[0]?.token);
}

function themeOf({ contexts }: NeuronProfile): number {
  return contexts[0]?.token ?? 0;
}

function neuronLines(
  index: number,
  { contexts, raises, lowers, explainedByToken }: NeuronProfile,
  tokens: TokenText,
): string[] {
  const label = `neuron ${index}`;
  const lines = [
    ...[...new Set(withSurroundings(contexts).map((context) => tokens.context(context)))].slice(0, CONTEXTS),
    ...effectLines(tokens, raises, lowers).map((line) => `  ${line}`),
    ...(explainedByToken === undefined
      ? []
      : [`  the token alone foresees ${positivePercent(explainedByToken)} of its activation on held-out text`]),
  ];
  return lines.map((line, row) => `${(row === 0 ? label : "").padEnd("neuron 0000".length)}  ${line}`);
}
