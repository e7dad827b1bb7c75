import type { LiftConfig, LiftSource, LiftTensor } from "../../src/ir/index.ts";

const DEFAULTS: LiftConfig = {
  layers: 2,
  heads: 2,
  width: 8,
  inner: 12,
  context: 16,
  vocabulary: 20,
  epsilon: 1e-5,
  activation: "gelu_new",
  scaleByHeadWidth: true,
  scaleByLayer: false,
  tied: true,
};

/**
 * A GPT-2 with random weights, in Hugging Face's names: gains around 1, and biases large enough to matter.
 * The same seed and options always make the same model.
 */
export function randomLiftSource(seed: number, options: Partial<LiftConfig> = {}): LiftSource {
  const config = { ...DEFAULTS, ...options };
  const { layers, width, inner, context, vocabulary } = config;
  const normal = seededNormal(seed);
  const tensors = new Map<string, LiftTensor>();
  const add = (name: string, shape: number[], deviation: number, mean = 0): void => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    tensors.set(name, { shape, values: Float32Array.from({ length: count }, () => mean + deviation * normal()) });
  };
  const addNorm = (name: string): void => {
    add(`${name}.weight`, [width], 0.2, 1);
    add(`${name}.bias`, [width], 0.2);
  };
  const addLinear = (name: string, inputs: number, outputs: number): void => {
    add(`${name}.weight`, [inputs, outputs], 1 / Math.sqrt(inputs));
    add(`${name}.bias`, [outputs], 0.2);
  };
  add("wte.weight", [vocabulary, width], 0.5, 0.1);
  add("wpe.weight", [context, width], 0.3, 0.1);
  for (let layer = 0; layer < layers; layer++) {
    addNorm(`h.${layer}.ln_1`);
    addLinear(`h.${layer}.attn.c_attn`, width, 3 * width);
    addLinear(`h.${layer}.attn.c_proj`, width, width);
    addNorm(`h.${layer}.ln_2`);
    addLinear(`h.${layer}.mlp.c_fc`, width, inner);
    addLinear(`h.${layer}.mlp.c_proj`, inner, width);
  }
  addNorm("ln_f");
  if (!config.tied) add("lm_head.weight", [vocabulary, width], 0.5);
  return { config, tensors };
}

/** Token ids drawn evenly from a vocabulary. */
export function randomTokens(seed: number, count: number, vocabulary: number): number[] {
  const uniform = seededUniform(seed);
  return Array.from({ length: count }, () => Math.floor(uniform() * vocabulary));
}

/** Standard normal numbers by Box and Muller's transform. */
export function seededNormal(seed: number): () => number {
  const uniform = seededUniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Numbers in [0, 1): the mulberry32 generator. */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
