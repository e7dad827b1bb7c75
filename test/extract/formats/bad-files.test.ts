import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "vitest";
import { expectRefusal, temporary } from "../small-model.ts";

const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures", "formats");

/** A copy of a fixture's folder with the bytes of one of its files changed. */
function broken(form: string, file: string, change: (bytes: Buffer) => Uint8Array): string {
  const folder = join(temporary(), "model");
  cpSync(join(FIXTURES, form), folder, { recursive: true });
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file))));
  return folder;
}

/** Replaces the first, or the last, place where a text is by another of the same length. */
function replaced(from: string, to: string, which: "first" | "last" = "first"): (bytes: Buffer) => Buffer {
  return (bytes) => {
    const at = which === "first" ? bytes.indexOf(from, 0, "latin1") : bytes.lastIndexOf(from, undefined, "latin1");
    if (at < 0 || from.length !== to.length) throw new Error(`${JSON.stringify(from)} cannot be replaced`);
    bytes.write(to, at, "latin1");
    return bytes;
  };
}

/** Writes an unsigned integer of 32 bits behind the first place where a text is. */
function numberBehind(text: string, offset: number, value: number): (bytes: Buffer) => Buffer {
  return (bytes) => {
    bytes.writeUInt32LE(value, bytes.indexOf(text, 0, "latin1") + text.length + offset);
    return bytes;
  };
}

const cut = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 100);

describe("refuses a PyTorch file", () => {
  const archive = (change: (bytes: Buffer) => Uint8Array): string => broken("gpt2/bin", "pytorch_model.bin", change);
  const legacy = (change: (bytes: Buffer) => Uint8Array): string =>
    broken("gpt2/legacy-bin", "pytorch_model.bin", change);

  it("that is cut off, or neither an archive nor a pickle", async () => {
    await expectRefusal(archive(cut), "weights-damaged", "End of central directory");
    await expectRefusal(legacy(cut), "weights-damaged", "cut off");
    await expectRefusal(
      archive(() => Buffer.from("<html>")),
      "weights-damaged",
      "begins as none",
    );
    await expectRefusal(
      archive(() => Buffer.alloc(0)),
      "weights-damaged",
    );
  });

  it("whose archive is compressed, as a zip bomb is", async () => {
    const compressed = archive((bytes) => {
      bytes.writeUInt16LE(8, bytes.indexOf("PK\x01\x02", 0, "latin1") + 10);
      return bytes;
    });
    await expectRefusal(compressed, "weights-damaged", "compressed or encrypted");
  });

  it("whose archive has two files of one name, or one outside of its folder, or big-endian numbers", async () => {
    const name = "pytorch_model/data/1";
    const last = (to: string) => replaced(name, to, "last");
    const bytes = readFileSync(join(FIXTURES, "gpt2", "bin", "pytorch_model.bin"));
    const named = bytes.includes(name) ? archive : undefined;
    if (!named) throw new Error("PyTorch names its files otherwise now");
    // The last place is in the central directory, and "10" to "19" come after "1".
    await expectRefusal(
      named(replaced("pytorch_model/data/10PK", "pytorch_model/data/11PK", "last")),
      "weights-damaged",
      "two files",
    );
    await expectRefusal(named(last("../../../../../etc/1")), "weights-damaged", "relative path");
    await expectRefusal(named(replaced("little", "big!!!")), "weights-damaged", "little-endian");
  });

  it("that asks for a function, which is named and not run", async () => {
    const foreign = replaced("torch._utils\n_rebuild_tensor_v2", "webbrowser__\nopen_page_tensor_2");
    await expectRefusal(archive(foreign), "pickle-foreign", "webbrowser__.open_page_tensor_2");
    await expectRefusal(legacy(foreign), "pickle-foreign", "webbrowser__.open_page_tensor_2");
  });

  it("of numbers that are no floats", async () => {
    await expectRefusal(archive(replaced("FloatStorage", "QuantStorage")), "pickle-foreign", "torch.QuantStorage");
    const integers = replaced("ctorch\nFloatStorage\n", "ctorch\nShortStorage\n");
    await expectRefusal(archive(integers), "tensor-dtype", "I16");
  });

  it("with a tensor larger than its storage", async () => {
    // The shape (32, 32) of the first tensor: BININT1 32, BININT1 32, TUPLE2.
    const larger = replaced("K K \x86", "K\xffK\xff\x86");
    await expectRefusal(archive(larger), "weights-damaged", "[255, 255]", "1024 numbers");
    await expectRefusal(legacy(larger), "weights-damaged", "[255, 255]", "1024 numbers");
  });
});

describe("refuses a GGUF file", () => {
  const gguf = (change: (bytes: Buffer) => Uint8Array): string => broken("gpt2/gguf", "any-name.gguf", change);

  it("that is cut off, empty, of another version, or of something else", async () => {
    await expectRefusal(gguf(cut), "weights-damaged", "is cut off");
    await expectRefusal(
      gguf((bytes) => bytes.subarray(0, 200)),
      "weights-damaged",
      "its header is cut off",
    );
    await expectRefusal(
      gguf(() => Buffer.alloc(0)),
      "weights-damaged",
    );
    await expectRefusal(gguf(replaced("GGUF\x03", "GGUF\x01")), "weights-damaged", "version is 1");
    await expectRefusal(gguf(replaced("GGUF", "GGML")), "weights-damaged", "begin");
  });

  it("of another architecture, or another tokenizer", async () => {
    const key = "general.architecture";
    await expectRefusal(
      gguf(replaced("\x04\0\0\0\0\0\0\0gpt2", "\x04\0\0\0\0\0\0\0bert")),
      "config-unsupported",
      "bert",
    );
    await expectRefusal(gguf(replaced(key, "general.architectura")), "config-key-missing", "model_type");
    await expectRefusal(gguf(replaced("gpt-2", "qwen2")), "tokenizer-unsupported", "qwen2");
  });

  it("that claims more than it has", async () => {
    await expectRefusal(gguf(numberBehind("GGUF\x03\0\0\0", 0, 0xffffffff)), "weights-damaged", "4294967295 entries");
    await expectRefusal(gguf(numberBehind("tokenizer.ggml.tokens", 8, 0xffffffff)), "weights-damaged", "4294967295");
    await expectRefusal(gguf(numberBehind("token_embd.weight", 0, 9)), "weights-damaged", "9 axes");
    await expectRefusal(gguf(numberBehind("token_embd.weight", 8, 0x7fffffff)), "weights-damaged", "cut off");
    await expectRefusal(gguf(numberBehind("token_embd.weight", 20, 99)), "tensor-dtype", "type 99");
    await expectRefusal(gguf(numberBehind("token_embd.weight", 32, 0xffff)), "weights-damaged", "cut off");
  });

  it("with two values of one key, or two tensors of one name", async () => {
    const twice = replaced("gpt2.context_length", "gpt2.block_count\0\0\0");
    await expectRefusal(gguf(twice), "config-key-missing", "n_positions");
    await expectRefusal(
      gguf(replaced("blk.1.attn_norm.weight", "blk.0.attn_norm.weight")),
      "weights-damaged",
      "one name",
    );
    await expectRefusal(
      gguf(replaced("gpt2.embedding_length", "general.architecture\0")),
      "config-key-missing",
      "n_embd",
    );
    const same = replaced("tokenizer.ggml.model", "general.architecture");
    await expectRefusal(gguf(same), "weights-damaged", "twice");
  });
});

describe("refuses an ONNX file", () => {
  const external = (change: (bytes: Buffer) => Uint8Array): string =>
    broken("gpt2/onnx-dynamo-external", "model.onnx", change);
  const optimum = (change: (bytes: Buffer) => Uint8Array): string => broken("gpt2/onnx-optimum", "model.onnx", change);

  it("that is cut off, empty, or no protobuf", async () => {
    await expectRefusal(optimum(cut), "weights-damaged", "longer than the whole");
    await expectRefusal(
      optimum(() => Buffer.alloc(0)),
      "graph-unknown",
    );
    await expectRefusal(
      optimum(() => Buffer.from("<html>")),
      "weights-damaged",
    );
    await expectRefusal(
      optimum(() => Buffer.alloc(20, 0xff)),
      "weights-damaged",
      "more than ten bytes",
    );
  });

  it("whose graph is another one, or has fewer layers than its config says", async () => {
    await expectRefusal(optimum(replaced("\x22\x12LayerNormalization", "\x22\x12LayerNormalisation")), "graph-unknown");
    const folder = optimum((bytes) => bytes);
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Record<string, unknown>;
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, n_layer: 3 }));
    await expectRefusal(folder, "tensor-missing", "h.2.ln_1.weight");
  });

  it("that is a graph in a graph in a graph, and so on", async () => {
    const inside = (depth: number): Buffer => {
      let graph = Buffer.alloc(0);
      const within = (field: number, bytes: Buffer) => {
        const length = [(bytes.length & 0x7f) | 0x80, ((bytes.length >> 7) & 0x7f) | 0x80, bytes.length >> 14];
        return Buffer.concat([Buffer.from([field * 8 + 2, ...length]), bytes]);
      };
      // The graph of an attribute of a node.
      for (let level = 0; level < depth; level++) graph = within(1, within(5, within(6, graph)));
      return within(7, graph);
    };
    await expectRefusal(
      optimum(() => inside(5)),
      "graph-unknown",
    );
    await expectRefusal(
      optimum(() => inside(10_000)),
      "weights-damaged",
      "too deep",
    );
  });

  it.each(["../../../../../etc", "/dev/zero//////", "a\\b", "..//model.onnx./"])(
    "whose numbers lie in %j, outside of its folder",
    async (name) => {
      const padded = name.padEnd("model.onnx.data".length, "x").slice(0, "model.onnx.data".length);
      const everywhere = (bytes: Buffer): Buffer => {
        while (bytes.includes("model.onnx.data")) replaced("model.onnx.data", padded)(bytes);
        return bytes;
      };
      await expectRefusal(external(everywhere), "file-outside", JSON.stringify(padded));
    },
  );

  it("whose numbers lie in a file that is missing, cut off, or a link to outside", async () => {
    const folder = external((bytes) => bytes);
    const data = join(folder, "model.onnx.data");
    writeFileSync(data, readFileSync(data).subarray(0, 20_000));
    await expectRefusal(folder, "weights-damaged", "ends inside a tensor");
    const outside = join(temporary(), "outside");
    mkdirSync(dirname(outside), { recursive: true });
    renameSync(data, outside);
    await expectRefusal(folder, "file-missing", "model.onnx.data");
    symlinkSync(outside, data);
    await expectRefusal(folder, "file-outside", "a link to outside");
  });
});

describe("refuses a meta.pkl", () => {
  const meta = (change: (bytes: Buffer) => Uint8Array): string => broken("nanogpt", "meta.pkl", change);

  it("that is cut off, without characters, or that asks for a function", async () => {
    await expectRefusal(meta(cut), "tokenizer-invalid", "meta.pkl");
    await expectRefusal(meta(replaced("stoi", "what")), "tokenizer-invalid", '"stoi"');
    await expectRefusal(
      meta(() => Buffer.from("cos\nsystem\n.")),
      "pickle-foreign",
      "os.system",
    );
    await expectRefusal(
      meta(() => Buffer.from("\x80\x02}X\x04\0\0\0stoi}X\x02\0\0\0abK\x01ss.", "latin1")),
      "tokenizer-invalid",
      "single",
    );
  });
});
