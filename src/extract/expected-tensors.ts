import type { Gpt2Config } from "./model.ts";

/**
 * Every tensor of a GPT-2 by its name in the files, less "transformer.", with its shape: embeddings, blocks, final norm,
 * and the head where it is not tied. Matrices of the blocks are (inputs, outputs), as in transformers' Conv1D.
 */
export function expectedTensors(config: Gpt2Config): Map<string, readonly number[]> {
  const { layers, width, inner, context, vocabulary, tied } = config;
  const shapes = new Map<string, readonly number[]>([
    ["wte.weight", [vocabulary, width]],
    ["wpe.weight", [context, width]],
  ]);
  const addAll = (prefix: string, members: Readonly<Record<string, readonly number[]>>) => {
    for (const [name, shape] of Object.entries(members)) shapes.set(`${prefix}.${name}`, shape);
  };
  for (let layer = 0; layer < layers; layer++) {
    addAll(`h.${layer}`, {
      "ln_1.weight": [width],
      "ln_1.bias": [width],
      "attn.c_attn.weight": [width, 3 * width],
      "attn.c_attn.bias": [3 * width],
      "attn.c_proj.weight": [width, width],
      "attn.c_proj.bias": [width],
      "ln_2.weight": [width],
      "ln_2.bias": [width],
      "mlp.c_fc.weight": [width, inner],
      "mlp.c_fc.bias": [inner],
      "mlp.c_proj.weight": [inner, width],
      "mlp.c_proj.bias": [width],
    });
  }
  addAll("ln_f", { weight: [width], bias: [width] });
  if (!tied) shapes.set("lm_head.weight", [vocabulary, width]);
  return shapes;
}

/** Causal masks that older files carry as buffers: they say nothing that the architecture does not. */
export const MASK_BUFFER = /^h\.\d+\.attn\.(?:bias|masked_bias)$/;
