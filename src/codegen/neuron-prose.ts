import type { NeuronProfile } from "../profile/index.ts";
import { effectLines, withSurroundings } from "./context-prose.ts";
import type { TokenText } from "./token-text.ts";
import { positivePercent } from "./wording.ts";

/** Neurons that are shown, and contexts of each. */
const SHOWN = 6;
const CONTEXTS = 2;

/** A neuron whose contexts show a theme. */
export interface TellingNeuron {
  /** In the original model. */
  readonly index: number;
  readonly neuron: NeuronProfile;
}

/** What the neurons below it are; they keep the numbers that they have in the original model. */
export function tellingCaption(shown: number): string {
  const [subject, their] =
    shown === 1 ? ["A neuron of the original that fires", "its"] : ["Neurons of the original that fire", "their"];
  return `${subject} most on one token, and what ${their} output weights raise and lower:`;
}

/**
 * Neurons still running whose strongest contexts all have the same firing token, in model order: a theme that anybody
 * can check. Where there are many, the ones of the most expense that the token foresees.
 */
export function tellingNeurons(
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

/** What is known of one neuron, under its number. */
export function neuronLines(
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
