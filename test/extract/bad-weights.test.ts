import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CompilerError } from "../../src/errors.ts";
import { loadModel } from "../../src/extract/index.ts";
import { writeSafetensors } from "../../src/runtime/index.ts";
import { expectRefusal, SMALL_CONFIG, smallModel, smallTensors, type NamedTensor } from "./small-model.ts";

const SOUND = writeSafetensors(smallTensors());

const withWeights = (bytes: Uint8Array): string => smallModel({ "model.safetensors": bytes });

function withTensors(change: (tensors: NamedTensor[]) => NamedTensor[]): string {
  return withWeights(writeSafetensors(change(smallTensors())));
}

/** The small model with its header's text edited, padded with spaces to the same length. */
function withHeader(edit: (text: string) => string): string {
  const length = Number(new DataView(SOUND.buffer).getBigUint64(0, true));
  const edited = edit(new TextDecoder().decode(SOUND.subarray(8, 8 + length)).trimEnd());
  const text = new TextEncoder().encode(edited.padEnd(length));
  const bytes = new Uint8Array(8 + text.length + SOUND.length - 8 - length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(SOUND.subarray(8 + length), 8 + text.length);
  return withWeights(bytes);
}

function withValue(name: string, index: number, value: number): string {
  return withTensors((tensors) => {
    for (const tensor of tensors) if (tensor.name === name) tensor.values[index] = value;
    return tensors;
  });
}

describe("refuses a weights file", () => {
  it("that is missing, or that is one of several", async () => {
    const without = { "model.safetensors": undefined };
    await expectRefusal(smallModel(without), "file-missing", "model.safetensors");
    const two = smallModel({ ...without, "a.gguf": "GGUF", "b.gguf": "GGUF" });
    await expectRefusal(two, "weights-several", "a.gguf", "b.gguf");
  });

  it("with a name that a terminal would obey, which is shown and not obeyed", async () => {
    const folder = withTensors(([first, ...rest]) => [
      ...rest,
      { ...(first as NamedTensor), name: "\u009b2J\u001b[2J\u202e\u007f\n" },
    ]);
    await expectRefusal(folder, "tensor-unexpected", "\\u009b2J\\u001b[2J\\u202e\\u007f");
  });

  it("that is no regular file", async () => {
    const folder = smallModel({ "model.safetensors": undefined });
    mkdirSync(join(folder, "model.safetensors"));
    await expectRefusal(folder, "file-unreadable", "not a regular file");
  });

  it("that is cut short anywhere", async () => {
    for (const length of [0, 7, 8, 9, 100, SOUND.length - 4, SOUND.length - 1]) {
      await expectRefusal(withWeights(SOUND.subarray(0, length)), "weights-damaged", "model.safetensors");
    }
  });

  it("that is longer than its header says", async () => {
    await expectRefusal(withWeights(Uint8Array.from([...SOUND, 0])), "weights-damaged", "belong to none");
  });

  it("whose header claims 2^63 bytes, or more than the limit", async () => {
    for (const length of [2n ** 63n, 2n ** 64n - 1n, 100_000_001n]) {
      const bytes = Uint8Array.from(SOUND);
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      await expectRefusal(withWeights(bytes), "weights-damaged", `claims ${length} bytes`);
    }
  });

  it("of 17 GiB, before it is read", async () => {
    const folder = smallModel();
    // Sparse: it takes no room on the disk.
    truncateSync(join(folder, "model.safetensors"), 17 * 2 ** 30);
    await expectRefusal(folder, "file-too-large", "17179869184");
  });

  it("with any bit of the header's length flipped", async () => {
    for (let bit = 0; bit < 64; bit++) {
      const bytes = Uint8Array.from(SOUND);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expectRefusal(withWeights(bytes), "weights-damaged");
    }
  });

  it("with a bit of the header's text flipped", async () => {
    const folder = smallModel();
    const end = 8 * (8 + Number(new DataView(SOUND.buffer).getBigUint64(0, true)));
    for (let bit = 64; bit < end; bit += 13) {
      const bytes = Uint8Array.from(SOUND);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(join(folder, "model.safetensors"), bytes);
      await expect(loadModel(folder), `bit ${bit}`).rejects.toThrow(CompilerError);
    }
  });

  it("with tensors that overlap, leave a hole, or end before they begin", async () => {
    await expectRefusal(
      withHeader((text) => text.replace("[80,128]", "[76,124]")),
      "weights-damaged",
      "overlaps",
    );
    await expectRefusal(
      withHeader((text) => text.replace("[80,128]", "[84,132]")),
      "weights-damaged",
    );
    await expectRefusal(
      withHeader((text) => text.replace("[80,128]", "[128,80]")),
      "weights-damaged",
      "ends before",
    );
  });

  it("with a name, a shape or a type that the config does not ask for", async () => {
    await expectRefusal(
      withHeader((text) => text.replace("wpe.weight", "wpx.weight")),
      "tensor-unexpected",
      "wpx.weight",
    );
    await expectRefusal(
      withHeader((text) => text.replace("[3,4]", "[4,3]")),
      "tensor-shape",
      "wpe.weight",
      "[4, 3]",
      "[3, 4]",
    );
    await expectRefusal(
      withHeader((text) => text.replace("F32", "I32")),
      "tensor-dtype",
      "wte.weight",
      "I32",
    );
  });

  it("without a tensor, with one too many, or with one under both its names", async () => {
    await expectRefusal(
      withTensors((tensors) => tensors.slice(1)),
      "tensor-missing",
      "wte.weight",
    );
    const extra = { name: "h.1.ln_1.weight", shape: [4], values: new Float32Array(4) };
    await expectRefusal(
      withTensors((tensors) => [...tensors, extra]),
      "tensor-unexpected",
      "h.1.ln_1.weight",
    );
    const again = { name: "transformer.ln_f.bias", shape: [4], values: new Float32Array(4) };
    await expectRefusal(
      withTensors((tensors) => [...tensors, again]),
      "tensor-unexpected",
      "ln_f.bias",
      "both",
    );
  });

  it("with a weight that is not a number or infinite, naming the tensor and where in it", async () => {
    await expectRefusal(
      withValue("h.0.attn.c_attn.weight", 17, NaN),
      "tensor-not-finite",
      "c_attn.weight",
      "NaN at [1, 5]",
    );
    await expectRefusal(withValue("ln_f.bias", 3, -Infinity), "tensor-not-finite", "ln_f.bias", "-Infinity at [3]");
  });

  it("whose head differs from the embedding it is tied to, or is missing where it is not tied", async () => {
    const head = { name: "lm_head.weight", shape: [5, 4], values: new Float32Array(20) };
    await expectRefusal(
      withTensors((tensors) => [...tensors, head]),
      "head-untied",
      "tie_word_embeddings",
    );
    const untied = JSON.stringify({ ...SMALL_CONFIG, tie_word_embeddings: false });
    await expectRefusal(smallModel({ "config.json": untied }), "tensor-missing", "lm_head.weight");
  });

  it.each([
    ["n_layer", 2, "tensor-missing"],
    ["n_embd", 8, "tensor-shape"],
    ["n_inner", null, "tensor-shape"],
    ["n_positions", 4, "tensor-shape"],
    ["vocab_size", 6, "tensor-shape"],
  ] as const)("that a config with another %s contradicts", async (key, value, code) => {
    await expectRefusal(
      smallModel({ "config.json": JSON.stringify({ ...SMALL_CONFIG, [key]: value }) }),
      code,
      "config.json",
    );
  });
});
