import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/extract/index.ts";
import { writeSafetensors } from "../../src/runtime/index.ts";
import { expectRefusal, SMALL_CONFIG, SMALL_PARAMETERS, smallModel, smallTensors, temporary } from "./small-model.ts";

describe("a model folder", () => {
  it("gives its config, tensors, words and a name", async () => {
    const model = await loadModel(smallModel({}, "My Model_1.5!"));
    expect(model.id).toBe("my-model_1.5");
    expect(model.config).toEqual({
      layers: 1,
      heads: 2,
      width: 4,
      inner: 6,
      context: 3,
      vocabulary: 5,
      epsilon: 1e-5,
      activation: "gelu_new",
      scaleByHeadWidth: true,
      scaleByLayer: false,
      tied: true,
    });
    expect(model.parameters).toBe(SMALL_PARAMETERS);
    expect([...model.tensors]).toEqual(smallTensors().map(({ name, shape, values }) => [name, { shape, values }]));
    expect(model.tokenizer).toEqual({ kind: "words", words: ["a", "b", "c", "d", "e"] });
    expect(model.task).toBeUndefined();
  });

  it("may name its tensors with a transformer. prefix, in any order, and carry masks", async () => {
    const masks = ["h.0.attn.bias", "h.0.attn.masked_bias"].map((name) => ({
      name,
      shape: [],
      values: new Float32Array(1),
    }));
    const tensors = [...smallTensors(), ...masks].map((tensor) => ({ ...tensor, name: `transformer.${tensor.name}` }));
    const prefixed = await loadModel(smallModel({ "model.safetensors": writeSafetensors(tensors.toReversed()) }));
    expect([...prefixed.tensors]).toEqual([...(await loadModel(smallModel())).tensors]);
  });

  it("may store a tied head as well, which is then left out", async () => {
    const [embedding] = smallTensors();
    const tensors = [
      ...smallTensors(),
      { name: "lm_head.weight", shape: [5, 4], values: embedding?.values ?? new Float32Array() },
    ];
    const model = await loadModel(smallModel({ "model.safetensors": writeSafetensors(tensors) }));
    expect(model.tensors.has("lm_head.weight")).toBe(false);
    expect(model.parameters).toBe(SMALL_PARAMETERS);
  });

  it("has its own head where it is not tied", async () => {
    const values = Float32Array.from({ length: 20 }, (_, index) => -index);
    const model = await loadModel(
      smallModel({
        "config.json": JSON.stringify({ ...SMALL_CONFIG, tie_word_embeddings: false }),
        "model.safetensors": writeSafetensors([...smallTensors(), { name: "lm_head.weight", shape: [5, 4], values }]),
      }),
    );
    expect(model.tensors.get("lm_head.weight")?.values).toEqual(values);
    expect(model.parameters).toBe(SMALL_PARAMETERS + 20);
  });

  it("has a hash that any of its files changes, and the folder's name does not", async () => {
    const tensors = smallTensors();
    const last = tensors.at(-1)?.values ?? new Float32Array();
    last[0] = 7;
    const folders = [
      smallModel(),
      smallModel({ "config.json": JSON.stringify({ ...SMALL_CONFIG, layer_norm_epsilon: 1e-6 }) }),
      smallModel({ "model.safetensors": writeSafetensors(tensors) }),
      smallModel({ "vocab.json": JSON.stringify({ b: 0, a: 1, c: 2, d: 3, e: 4 }) }),
    ];
    const hashes = (await Promise.all(folders.map(loadModel))).map(({ sha256 }) => sha256);
    expect(new Set(hashes).size).toBe(4);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect((await loadModel(smallModel({}, "elsewhere"))).sha256).toBe(hashes[0]);
  });
});

describe("the bundled model", () => {
  it("is found by its name, wherever the command runs", async () => {
    const { id, config, tokenizer } = await loadModel("tiny");
    expect(id).toBe("tiny");
    expect(config.layers).toBe(4);
    expect(tokenizer.kind).toBe("bytePairs");
  });

  it("has a hash over its own files only", async () => {
    const folder = join(import.meta.dirname, "..", "..", "models", "tiny");
    const read = (name: string): Uint8Array => readFileSync(join(folder, name));
    const copy = smallModel({
      "config.json": read("config.json"),
      "model.safetensors": read("model.safetensors"),
      "tokenizer.json": read("tokenizer.json"),
      "vocab.json": undefined,
      "README.md": "another card",
    });
    expect((await loadModel(copy)).sha256).toBe((await loadModel("tiny")).sha256);
  });
});

describe("refuses a reference", () => {
  it("to a folder that is missing", async () => {
    const missing = join(temporary(), "nothing");
    await expectRefusal(missing, "folder-missing", missing);
    await expectRefusal("", "folder-missing");
    await expectRefusal("no\0where", "folder-missing");
  });

  it("to a file", async () => {
    const file = join(smallModel(), "config.json");
    await expectRefusal(file, "file-not-weights", file);
    await expectRefusal(join(file, "below"), "folder-missing");
  });

  it("to a bundled model that does not exist", async () => {
    await expectRefusal("zoo/unheard-of", "bundled-missing", "zoo/unheard-of");
    await expectRefusal("zoo/../../package.json", "folder-missing");
  });
});
