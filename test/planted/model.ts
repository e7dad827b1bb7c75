import type { LiftConfig, LiftSource, LiftTensor } from "../../src/ir/index.ts";
import { seededNormal, seededUniform } from "../ir/random-model.ts";
import { CLOSING, FIRST_WORD, NAMES, OPENING, QUOTE, WORDS } from "./vocabulary.ts";

const VOCABULARY = WORDS.length;
const CONTEXT = 32;
const WIDTH = 128;
const HEADS = 4;
const HEAD_WIDTH = WIDTH / HEADS;
const INNER = 24;

/** Where the residual stream holds what: one dimension a token, a position, a previous token; then flags and free room. */
const TOKEN = 0;
const POSITION = TOKEN + VOCABULARY;
const PREVIOUS = POSITION + CONTEXT;
const FREE = PREVIOUS + VOCABULARY;
const BRACKETS = WIDTH - 2;
const INSIDE = WIDTH - 1;

/** What a one becomes after the norm of each attention, and of each MLP, about: the stream has two ones, then four and a half. */
const NORMED = [8, 5] as const;
const NORMED_BEFORE_MLP = [5.3, 4.8] as const;

/** What stands in the stream where something is, and what a head's value makes of it: both far above the noise. */
const ONE = 4;
const VALUE = 4;

/** Attention score of what a head looks for, and of the first token where it finds nothing. */
const FOUND = 10;
const SINK = 7;

/** What is planted, or only looks like it. */
export interface Planted {
  readonly source: LiftSource;
  /** Index of the head in its block. */
  readonly previous: number;
  /** Block 0: looks so many tokens back. */
  readonly further: number;
  readonly tokensBack: number;
  readonly duplicate: number;
  /** The score that the head gives a token that is the same. */
  readonly duplicateScore: number;
  readonly brackets: number;
  readonly induction: number;
  readonly sink: number;
  /** Block 1: attends to another token than its own, the same one each time. */
  readonly lookAlike: number;
  /** Block 0: a neuron that fires on these tokens. */
  readonly tokenNeuron: number;
  readonly tokenSet: readonly number[];
  /** Block 0: neurons with a level of its own for each token. */
  readonly graded: readonly number[];
  /** Block 1: a neuron that fires at names after quotation marks. */
  readonly afterQuote: number;
  /** Block 1: two neurons that are a step together: on where a bracket is open. */
  readonly counter: readonly [number, number];
}

/** A GPT-2 of two blocks with known circuits; all its weights have normal noise of this standard deviation besides. */
export function plantedModel(seed: number, noise: number): Planted {
  const uniform = seededUniform(seed);
  const shuffled = (count: number): number[] => {
    const order = Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last--) {
      const other = Math.floor(uniform() * (last + 1));
      [order[last], order[other]] = [order[other] as number, order[last] as number];
    }
    return order;
  };
  const weights = new Weights(seed + 1, noise);
  const [previous = 0, duplicate = 0, brackets = 0, further = 0] = shuffled(HEADS);
  const [induction = 0, sink = 0, lookAlike = 0] = shuffled(HEADS);
  const [tokenNeuron = 0, ...graded] = shuffled(INNER).slice(0, 4);
  const [afterQuote = 0, counterOn = 0, counterOff = 0] = shuffled(INNER);
  const tokenSet = shuffled(VOCABULARY - FIRST_WORD)
    .slice(0, 2 + Math.floor(uniform() * 5))
    .map((word) => FIRST_WORD + word)
    .sort((one, other) => one - other);
  // Beyond 4 the compiler tells groups of distances apart, not single ones (src/profile/distance-buckets.ts).
  const tokensBack = 2 + Math.floor(uniform() * 3);
  const duplicateScore = 9 + 2 * uniform();

  weights.embed();
  plantBlock0Heads(weights, { previous, further, tokensBack, duplicate, duplicateScore, brackets });
  plantBlock1Heads(weights, { induction, sink, lookAlike });
  plantNeurons(weights, { tokenNeuron, tokenSet, graded, afterQuote, counter: [counterOn, counterOff] });
  return {
    source: { config: CONFIG, tensors: weights.tensors },
    ...{ previous, further, tokensBack, duplicate, duplicateScore, brackets, induction, sink, lookAlike },
    ...{ tokenNeuron, tokenSet, graded, afterQuote, counter: [counterOn, counterOff] },
  };
}

const CONFIG: LiftConfig = {
  layers: 2,
  heads: HEADS,
  width: WIDTH,
  inner: INNER,
  context: CONTEXT,
  vocabulary: VOCABULARY,
  epsilon: 1e-5,
  activation: "gelu_new",
  scaleByHeadWidth: true,
  scaleByLayer: false,
  tied: true,
};

const tokens = Array.from({ length: VOCABULARY }, (_, token) => token);
const positions = Array.from({ length: CONTEXT }, (_, position) => position);

function plantBlock0Heads(
  weights: Weights,
  heads: Pick<Planted, "previous" | "further" | "tokensBack" | "duplicate" | "duplicateScore" | "brackets">,
): void {
  const { previous, further, tokensBack, duplicate, duplicateScore, brackets } = heads;
  const gain = weights.lookGain(0, FOUND);
  for (const position of positions) {
    if (position > 0) weights.query(0, previous, POSITION + position, position - 1, gain);
    weights.key(0, previous, POSITION + position, position, gain);
  }
  for (const token of tokens) weights.moves(0, previous, TOKEN + token, token, PREVIOUS + token, 1);

  for (const position of positions) {
    if (position >= tokensBack) weights.query(0, further, POSITION + position, position - tokensBack, gain);
    weights.key(0, further, POSITION + position, position, gain);
  }
  for (const token of tokens) weights.moves(0, further, TOKEN + token, token, FREE + (token % 16), 0.3);

  const duplicateGain = weights.lookGain(0, duplicateScore);
  for (const token of tokens) {
    weights.query(0, duplicate, TOKEN + token, token, duplicateGain);
    weights.key(0, duplicate, TOKEN + token, token, duplicateGain);
  }
  weights.sink(0, duplicate, SINK);
  for (const position of positions) {
    weights.moves(0, duplicate, POSITION + position, position, FREE + (position % 16), position < 16 ? 0.4 : -0.4);
  }

  // The average over all tokens so far of opening less closing brackets.
  weights.value(0, brackets, TOKEN + OPENING, 0, 6);
  weights.value(0, brackets, TOKEN + CLOSING, 0, -6);
  weights.output(0, brackets, 0, BRACKETS, ONE / 3);
}

function plantBlock1Heads(
  weights: Weights,
  { induction, sink, lookAlike }: { readonly induction: number; readonly sink: number; readonly lookAlike: number },
): void {
  const gain = weights.lookGain(1, 2 * FOUND);
  for (const token of tokens) {
    weights.query(1, induction, TOKEN + token, token, gain);
    weights.key(1, induction, PREVIOUS + token, token, gain);
    weights.moves(1, induction, TOKEN + token, token, TOKEN + token, 0.1);
    // Each token looks for one other token, never for itself.
    weights.query(1, lookAlike, TOKEN + token, token, gain);
    weights.key(1, lookAlike, TOKEN + ((token + 7) % VOCABULARY), token, gain);
    weights.moves(1, lookAlike, TOKEN + token, token, FREE + (token % 16), 0.3);
    weights.moves(1, sink, TOKEN + token, token, FREE + 16 + (token % 16), 0.3);
  }
  weights.sink(1, induction, FOUND);
  weights.sink(1, lookAlike, FOUND);
  weights.sink(1, sink, FOUND);
}

function plantNeurons(
  weights: Weights,
  planted: Pick<Planted, "tokenNeuron" | "tokenSet" | "graded" | "afterQuote" | "counter">,
): void {
  const { tokenNeuron, tokenSet, graded, afterQuote, counter } = planted;
  // Far enough on both sides of the threshold that the activation is as good as a step.
  const gain = NORMED_BEFORE_MLP.map((one) => 9 / one);
  for (const token of tokenSet) weights.input(0, tokenNeuron, TOKEN + token, gain[0] as number);
  weights.inputBias(0, tokenNeuron, -3);
  weights.write(0, tokenNeuron, FREE + 20, 0.05);

  graded.forEach((neuron, index) => {
    for (const token of tokens)
      weights.input(0, neuron, TOKEN + token, (((token * 5 + index) % VOCABULARY) / 12 - 1) / 2);
    weights.inputBias(0, neuron, 1);
    weights.write(0, neuron, FREE + 21 + index, 0.1);
  });

  weights.input(1, afterQuote, PREVIOUS + QUOTE, 2.2 * (gain[1] as number));
  for (const name of NAMES) {
    weights.input(1, afterQuote, TOKEN + name, 2.2 * (gain[1] as number));
    weights.write(1, afterQuote, TOKEN + name, 0.5);
  }
  weights.inputBias(1, afterQuote, -23.5);

  const [on, off] = counter;
  for (const neuron of counter) weights.input(1, neuron, BRACKETS, 14);
  weights.inputBias(1, on, -25);
  weights.inputBias(1, off, -29);
  weights.write(1, on, INSIDE, 3);
  weights.write(1, off, INSIDE, -3);
}

/** Noise in every tensor, and ways to add to single weights by what they mean. */
class Weights {
  readonly tensors = new Map<string, LiftTensor>();
  readonly #normal: () => number;
  readonly #noise: number;

  constructor(seed: number, noise: number) {
    this.#normal = seededNormal(seed);
    this.#noise = noise;
    this.#make("wte.weight", [VOCABULARY, WIDTH]);
    this.#make("wpe.weight", [CONTEXT, WIDTH]);
    for (let layer = 0; layer < CONFIG.layers; layer++) {
      this.#norm(`h.${layer}.ln_1`);
      this.#make(`h.${layer}.attn.c_attn.weight`, [WIDTH, 3 * WIDTH]);
      this.#make(`h.${layer}.attn.c_attn.bias`, [3 * WIDTH]);
      this.#make(`h.${layer}.attn.c_proj.weight`, [WIDTH, WIDTH]);
      this.#make(`h.${layer}.attn.c_proj.bias`, [WIDTH]);
      this.#norm(`h.${layer}.ln_2`);
      this.#make(`h.${layer}.mlp.c_fc.weight`, [WIDTH, INNER]);
      this.#make(`h.${layer}.mlp.c_fc.bias`, [INNER]);
      this.#make(`h.${layer}.mlp.c_proj.weight`, [INNER, WIDTH]);
      this.#make(`h.${layer}.mlp.c_proj.bias`, [WIDTH]);
    }
    this.#norm("ln_f");
  }

  embed(): void {
    for (const token of tokens) this.#add("wte.weight", token, TOKEN + token, ONE);
    for (const position of positions) this.#add("wpe.weight", position, POSITION + position, ONE);
  }

  /** What query and key weights must be for a score, where both read a one. */
  lookGain(layer: number, score: number): number {
    return Math.sqrt(score * Math.sqrt(HEAD_WIDTH)) / (NORMED[layer] as number);
  }

  query(layer: number, head: number, from: number, to: number, value: number): void {
    this.#add(`h.${layer}.attn.c_attn.weight`, from, head * HEAD_WIDTH + to, value);
  }

  key(layer: number, head: number, from: number, to: number, value: number): void {
    this.#add(`h.${layer}.attn.c_attn.weight`, from, WIDTH + head * HEAD_WIDTH + to, value);
  }

  value(layer: number, head: number, from: number, to: number, value: number): void {
    this.#add(`h.${layer}.attn.c_attn.weight`, from, 2 * WIDTH + head * HEAD_WIDTH + to, value);
  }

  output(layer: number, head: number, from: number, to: number, value: number): void {
    this.#add(`h.${layer}.attn.c_proj.weight`, head * HEAD_WIDTH + from, to, value);
  }

  /** A head's value and output weights that move a one, as it is after the norm, to so much of another dimension. */
  moves(layer: number, head: number, from: number, through: number, to: number, value: number): void {
    this.value(layer, head, from, through, VALUE / (NORMED[layer] as number));
    this.output(layer, head, through, to, (value * ONE) / VALUE);
  }

  /** A score for the first position alone, whatever the query. */
  sink(layer: number, head: number, score: number): void {
    const last = HEAD_WIDTH - 1;
    this.#add(`h.${layer}.attn.c_attn.bias`, 0, head * HEAD_WIDTH + last, Math.sqrt(HEAD_WIDTH));
    this.key(layer, head, POSITION, last, score / (NORMED[layer] as number));
  }

  input(layer: number, neuron: number, from: number, value: number): void {
    this.#add(`h.${layer}.mlp.c_fc.weight`, from, neuron, value);
  }

  inputBias(layer: number, neuron: number, value: number): void {
    this.#add(`h.${layer}.mlp.c_fc.bias`, 0, neuron, value);
  }

  write(layer: number, neuron: number, to: number, value: number): void {
    this.#add(`h.${layer}.mlp.c_proj.weight`, neuron, to, value);
  }

  #add(name: string, row: number, column: number, value: number): void {
    const { shape, values } = this.tensors.get(name) as LiftTensor;
    const at = row * (shape.at(-1) as number) + column;
    values[at] = (values[at] as number) + value;
  }

  #make(name: string, shape: number[]): void {
    const count = shape.reduce((product, extent) => product * extent, 1);
    this.tensors.set(name, { shape, values: Float32Array.from({ length: count }, () => this.#noise * this.#normal()) });
  }

  #norm(name: string): void {
    this.tensors.set(`${name}.weight`, { shape: [WIDTH], values: new Float32Array(WIDTH).fill(1) });
    this.tensors.set(`${name}.bias`, { shape: [WIDTH], values: new Float32Array(WIDTH) });
  }
}
