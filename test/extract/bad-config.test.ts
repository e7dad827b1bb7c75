import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/extract/index.ts";
import { expectRefusal, SMALL_CONFIG, smallModel } from "./small-model.ts";

const withConfig = (changes: Record<string, unknown>): string =>
  smallModel({ "config.json": JSON.stringify({ ...SMALL_CONFIG, ...changes }) });

describe("refuses a config.json", () => {
  it("that is missing or no JSON object", async () => {
    await expectRefusal(smallModel({ "config.json": undefined }), "file-missing", "config.json");
    for (const text of ["", "{", "[]", "null", '"gpt2"', "{'n_layer': 1}", '{"layer_norm_epsilon": NaN}']) {
      await expectRefusal(smallModel({ "config.json": text }), "json-invalid", "config.json");
    }
    await expectRefusal(smallModel({ "config.json": Uint8Array.of(0x7b, 0xff, 0x7d) }), "file-unreadable", "UTF-8");
  });

  it("that has a key twice, in whatever part of it", async () => {
    const text = JSON.stringify(SMALL_CONFIG);
    await expectRefusal(
      smallModel({ "config.json": text.replace("{", '{"n_layer": 7,') }),
      "json-repeated",
      "config.json",
      '"n_layer"',
    );
    const nested = text.replace("{", '{"task_specific_params": {"a": 1, "\\u0061": 2},');
    await expectRefusal(smallModel({ "config.json": nested }), "json-repeated", '"a"');
  });

  it.each(Object.keys(SMALL_CONFIG).filter((key) => key !== "n_inner"))("without %s", async (key) => {
    await expectRefusal(withConfig({ [key]: undefined }), "config-key-missing", `"${key}"`);
  });

  it.each([
    ["model_type", "llama"],
    ["activation_function", "silu"],
    ["activation_function", "gelu_10"],
    ["activation_function", "toString"],
    ["activation_function", 3],
    ["add_cross_attention", true],
    ["is_encoder_decoder", true],
    ["quantization_config", { bits: 8 }],
    ["pruned_heads", { 0: [1] }],
    ["auto_map", { AutoModel: "modeling.Mine" }],
  ])("whose %s is %j, which would not be honoured", async (key, value) => {
    await expectRefusal(withConfig({ [key]: value }), "config-unsupported", `"${key}"`);
  });

  it.each([
    ["n_layer", 0],
    ["n_layer", 1.5],
    ["n_layer", -1],
    ["n_layer", "12"],
    ["n_layer", 2e9],
    ["n_embd", 9e15],
    ["vocab_size", 1e300],
    ["n_head", 3],
    ["n_inner", 0],
    ["n_ctx", 4],
    ["hidden_size", 8],
    ["layer_norm_epsilon", -1e-5],
    ["layer_norm_epsilon", "1e-5"],
    ["layer_norm_epsilon", null],
    ["scale_attn_weights", 1],
    ["tie_word_embeddings", "yes"],
  ])("whose %s is %j, which makes no sense", async (key, value) => {
    await expectRefusal(withConfig({ [key]: value }), "config-value", `"${key}"`);
  });

  it("whose layer_norm_epsilon is infinite", async () => {
    const text = JSON.stringify(SMALL_CONFIG).replace("{", '{"layer_norm_epsilon": 1e999, ');
    await expectRefusal(smallModel({ "config.json": text }), "config-value", '"layer_norm_epsilon"', "Infinity");
  });
});

it("reads what transformers takes as well: other names of sizes, other names of activations, harmless settings", async () => {
  const { n_layer, n_head, n_embd, n_positions, ...rest } = SMALL_CONFIG;
  const other = {
    num_hidden_layers: n_layer,
    num_attention_heads: n_head,
    hidden_size: n_embd,
    max_position_embeddings: n_positions,
  };
  const settings = {
    ...rest,
    ...other,
    activation_function: "gelu_pytorch_tanh",
    n_ctx: 3,
    reorder_and_upcast_attn: true,
    use_cache: true,
  };
  const model = await loadModel(
    smallModel({ "config.json": JSON.stringify({ ...settings, quantization_config: null, pruned_heads: {} }) }),
  );
  expect(model.config).toEqual((await loadModel(smallModel())).config);
});
