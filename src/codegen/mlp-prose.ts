import type { MlpNode } from "../ir/index.ts";
import type { MlpProfile, NeuronProfile } from "../profile/index.ts";
import { effectLines } from "./head-prose.ts";
import { denseNeurons, mlpKind } from "./sites.ts";
import { render } from "./templates.ts";
import type { TokenText } from "./token-text.ts";
import { count, nats } from "./wording.ts";

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
  return render("mlp.txt", {
    opaque: kind === "opaque",
    rule: kind === "rule",
    neurons: count(profile.neurons.length),
    dense: count(dense.length),
    constant: constant > 0 ? count(constant) : null,
    takes: constant === 1 ? "takes its" : "take their",
    are: dense.length === 1 ? "is" : "are",
    weights: count(constant * 2 * width),
    cost: cost === undefined ? null : nats(cost),
    price: nats(profile.price),
    telling: tellingNeurons(new Set(dense), profile.neurons).map(({ index, neuron }) => ({
      lines: neuronLines(index, neuron, tokens),
    })),
  });
}

/** Neurons that are shown, and contexts of each. */
const SHOWN = 6;
const CONTEXTS = 2;

interface TellingNeuron {
  /** In the original model. */
  readonly index: number;
  readonly neuron: NeuronProfile;
}

/**
 * Neurons still running whose strongest contexts all have the same firing token, in model order: a theme that anybody
 * can check. Where there are many, the most expensive ones.
 */
function tellingNeurons(dense: ReadonlySet<number>, neurons: readonly NeuronProfile[]): TellingNeuron[] {
  return neurons
    .map((neuron, index): TellingNeuron => ({ index, neuron }))
    .filter(({ index, neuron }) => dense.has(index) && hasTheme(neuron))
    .sort((one, other) => other.neuron.price - one.neuron.price || one.index - other.index)
    .slice(0, SHOWN)
    .sort((one, other) => one.index - other.index);
}

function hasTheme({ contexts }: NeuronProfile): boolean {
  return contexts.length > 1 && contexts.every(({ token }) => token === contexts[0]?.token);
}

function neuronLines(index: number, { contexts, raises, lowers }: NeuronProfile, tokens: TokenText): string[] {
  const label = `neuron ${index}`;
  const lines = [
    ...[...new Set(contexts.map((context) => tokens.context(context)))].slice(0, CONTEXTS),
    ...effectLines(tokens, raises, lowers).map((line) => `  ${line}`),
  ];
  return lines.map((line, row) => `${(row === 0 ? label : "").padEnd("neuron 0000".length)}  ${line}`);
}
