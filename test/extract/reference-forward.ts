import type { ExtractedModel } from "../../src/extract/index.ts";

/**
 * An oracle: GPT-2 (Radford et al. 2019, as in Hugging Face's `modeling_gpt2.py`) straight from the stored tensors, in
 * 64-bit floats and plain loops. It shares no code with the runtime, the IR or the engine.
 * Returns a row of logits (vocabulary) for each token; `position` is the position index of the first one.
 */
export function referenceLogits(
  model: Pick<ExtractedModel, "config" | "tensors">,
  tokens: readonly number[],
  position: number,
): number[][] {
  const { config } = model;
  const weights = (name: string): Float32Array => {
    const tensor = model.tensors.get(name);
    if (!tensor) throw new Error(`The model has no tensor named ${name}.`);
    return tensor.values;
  };
  const row = (name: string, index: number): number[] =>
    Array.from(weights(name).subarray(index * config.width, (index + 1) * config.width));
  /** x W + b, with W (inputs, outputs) as in transformers' Conv1D. */
  const linear = (x: readonly number[], name: string): number[] => {
    const w = weights(`${name}.weight`);
    const bias = weights(`${name}.bias`);
    return Array.from(bias, (b, column) =>
      x.reduce((sum, value, i) => sum + value * (w[i * bias.length + column] ?? NaN), b),
    );
  };
  const layerNorm = (x: readonly number[], name: string): number[] => {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const [gain, bias] = [weights(`${name}.weight`), weights(`${name}.bias`)];
    return x.map(
      (value, i) => ((value - mean) / Math.sqrt(variance + config.epsilon)) * (gain[i] ?? NaN) + (bias[i] ?? NaN),
    );
  };

  let stream = tokens.map((token, time) => plus(row("wte.weight", token), row("wpe.weight", position + time)));
  for (let layer = 0; layer < config.layers; layer++) {
    const qkv = stream.map((x) => linear(layerNorm(x, `h.${layer}.ln_1`), `h.${layer}.attn.c_attn`));
    const headWidth = config.width / config.heads;
    const scale = (config.scaleByHeadWidth ? headWidth ** -0.5 : 1) / (config.scaleByLayer ? layer + 1 : 1);
    const moved = qkv.map((_, time) =>
      Array.from({ length: config.heads }, (_, head) => {
        const part = (at: number, which: number) => {
          const start = which * config.width + head * headWidth;
          return (qkv[at] as number[]).slice(start, start + headWidth);
        };
        const scores = qkv.slice(0, time + 1).map((_, past) => scale * dot(part(time, 0), part(past, 1)));
        const highest = Math.max(...scores);
        const likely = scores.map((score) => Math.exp(score - highest));
        const total = likely.reduce((sum, share) => sum + share, 0);
        return likely.map((share, past) => part(past, 2).map((value) => (value * share) / total)).reduce(plus);
      }).flat(),
    );
    stream = stream.map((x, time) => plus(x, linear(moved[time] as number[], `h.${layer}.attn.c_proj`)));
    stream = stream.map((x) => {
      const hidden = linear(layerNorm(x, `h.${layer}.ln_2`), `h.${layer}.mlp.c_fc`).map(ACTIVATIONS[config.activation]);
      return plus(x, linear(hidden, `h.${layer}.mlp.c_proj`));
    });
  }
  const head = config.tied ? "wte.weight" : "lm_head.weight";
  return stream.map((x) => {
    const normed = layerNorm(x, "ln_f");
    return Array.from({ length: config.vocabulary }, (_, token) => dot(normed, row(head, token)));
  });
}

const ACTIVATIONS = {
  gelu_new: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  gelu: (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  relu: (x: number) => Math.max(x, 0),
};

/** Abramowitz and Stegun 7.1.6, whose terms all have one sign: within 1e-14. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = 0;
  for (let n = 1; Math.abs(term) > 1e-18; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function plus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value + (b[index] ?? NaN));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? NaN), 0);
}
