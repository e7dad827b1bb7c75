import { z } from "zod";
import { CompilerError } from "../errors.ts";
import type { Activation } from "../runtime/index.ts";
import { isObject, shown } from "./json.ts";
import type { Gpt2Config } from "./model.ts";

/** Names of transformers' activation functions, and what they compute; several are the same formula. */
const ACTIVATIONS = {
  gelu_new: "gelu_new",
  gelu_pytorch_tanh: "gelu_new",
  gelu_python_tanh: "gelu_new",
  gelu_accurate: "gelu_new",
  gelu_fast: "gelu_new",
  gelu: "gelu",
  gelu_python: "gelu",
  relu: "relu",
} as const satisfies Record<string, Activation>;

/** Keys without a default, each with the other name under which transformers takes it too. */
const ESSENTIAL = {
  model_type: undefined,
  n_layer: "num_hidden_layers",
  n_head: "num_attention_heads",
  n_embd: "hidden_size",
  n_positions: "max_position_embeddings",
  vocab_size: undefined,
} as const;

/** Keys whose presence changes what is computed: the value that changes nothing, and what another one means. */
const UNSUPPORTED: readonly { key: string; harmless: (value: unknown) => boolean; reason: string }[] = [
  { key: "model_type", harmless: (value) => value === undefined || value === "gpt2", reason: 'only "gpt2" is' },
  { key: "add_cross_attention", harmless: isOff, reason: "a GPT-2 for plain text has no cross-attention" },
  { key: "is_encoder_decoder", harmless: isOff, reason: "a GPT-2 has no encoder" },
  { key: "quantization_config", harmless: isOff, reason: "the weights must be stored as plain floats" },
  { key: "pruned_heads", harmless: isEmpty, reason: "all heads must be there" },
  { key: "auto_map", harmless: isEmpty, reason: "the model brings its own code" },
  {
    key: "activation_function",
    harmless: (value) => value === undefined || (typeof value === "string" && Object.hasOwn(ACTIVATIONS, value)),
    reason: `only ${Object.keys(ACTIVATIONS).join(", ")} are`,
  },
];

/** Limits far beyond any GPT-2, so that a damaged number is refused before anything is made in its size. */
const size = (limit: number) => z.int().min(1).max(limit);

/** config.json as far as it decides what is computed; defaults as in transformers' GPT2Config. */
const schema = z.object({
  n_layer: size(1_000),
  n_head: size(10_000),
  n_embd: size(100_000),
  n_positions: size(10_000_000),
  n_ctx: size(10_000_000).nullish(),
  vocab_size: size(10_000_000),
  n_inner: size(1_000_000).nullish(),
  activation_function: z.string().default("gelu_new"),
  layer_norm_epsilon: z.number().min(0).max(1).default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  // The same computation in another order.
  reorder_and_upcast_attn: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
});

/**
 * Reads the contents of config.json, transformers' or minGPT's. Throws a CompilerError that names the key wherever one is missing, makes no sense,
 * contradicts another, or asks for something that would not be honoured.
 */
export function readConfig(path: string, contents: Readonly<Record<string, unknown>>): Gpt2Config {
  const own = contents["model_type"] === undefined ? contents["model"] : undefined;
  return configOf(path, isObject(own) ? settingsOfMinGpt(own) : contents);
}

/** The "model" of the config.json that minGPT keeps, under transformers' names; its head is never tied. */
function settingsOfMinGpt(model: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { n_layer, n_head, n_embd, vocab_size, block_size } = model;
  return {
    model_type: "gpt2",
    n_layer,
    n_head,
    n_embd,
    vocab_size,
    n_positions: block_size,
    tie_word_embeddings: false,
  };
}

function configOf(path: string, contents: Readonly<Record<string, unknown>>): Gpt2Config {
  for (const { key, harmless, reason } of UNSUPPORTED) {
    const value = contents[key];
    if (!harmless(value)) throw CompilerError.of("config-unsupported", { path, key, value: shown(value), reason });
  }
  const settings = withoutSynonyms(path, contents);
  const parsed = schema.safeParse(settings);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = String(issue?.path[0]);
    throw invalid(path, key, `is ${shown(settings[key])}, which is no sensible value for it`);
  }
  const config = parsed.data;
  if (config.n_embd % config.n_head !== 0) {
    throw invalid(path, "n_head", `is ${config.n_head}, which does not divide "n_embd", ${config.n_embd}`);
  }
  if ((config.n_ctx ?? config.n_positions) !== config.n_positions) {
    throw invalid(path, "n_ctx", `is ${config.n_ctx}, which contradicts "n_positions", ${config.n_positions}`);
  }
  return {
    layers: config.n_layer,
    heads: config.n_head,
    width: config.n_embd,
    inner: config.n_inner ?? 4 * config.n_embd,
    context: config.n_positions,
    vocabulary: config.vocab_size,
    epsilon: config.layer_norm_epsilon,
    activation: ACTIVATIONS[config.activation_function as keyof typeof ACTIVATIONS],
    scaleByHeadWidth: config.scale_attn_weights,
    scaleByLayer: config.scale_attn_by_inverse_layer_idx,
    tied: config.tie_word_embeddings,
  };
}

/** The settings with every essential key under its first name. */
function withoutSynonyms(path: string, contents: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const settings = { ...contents };
  for (const [key, synonym] of Object.entries(ESSENTIAL)) {
    const other = synonym === undefined ? undefined : contents[synonym];
    if (contents[key] === undefined && other === undefined) throw CompilerError.of("config-key-missing", { path, key });
    settings[key] ??= other;
    if (other !== undefined && other !== settings[key]) {
      throw invalid(path, String(synonym), `is ${shown(other)}, which contradicts "${key}", ${shown(settings[key])}`);
    }
  }
  return settings;
}

function invalid(path: string, key: string, problem: string): CompilerError {
  return CompilerError.of("config-value", { path, key, problem });
}

function isOff(value: unknown): boolean {
  return value === undefined || value === null || value === false;
}

function isEmpty(value: unknown): boolean {
  return isOff(value) || (isObject(value) && Object.keys(value).length === 0);
}
