import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadModel } from "../../../src/extract/index.ts";
import { lift, printProgram } from "../../../src/ir/index.ts";
import { createTokenizer } from "../../../src/runtime/index.ts";
import { engineLogits, expectGolden, goldenTexts } from "../golden.ts";

/** What other tools wrote (training/formats/make-fixtures.py): a folder a model, with a folder for each of its forms. */
const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures", "formats");
const TOLERANCE = 1e-4;

const MODELS = readdirSync(FIXTURES);

/** The folders of a model's forms; the model's own where it has one form. */
function formsOf(model: string): string[] {
  const folder = join(FIXTURES, model);
  const forms = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return forms.length > 0 ? forms.map(({ name }) => join(folder, name)) : [folder];
}

const FORMS = MODELS.flatMap((model) =>
  formsOf(model).map((folder) => ({ model, folder, name: folder.slice(FIXTURES.length + 1) })),
);

it("there are fixtures of every form", () => {
  expect(FORMS.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      ...["safetensors", "sharded-safetensors", "bin", "sharded-bin", "legacy-bin", "gguf"].map(
        (form) => `gpt2/${form}`,
      ),
      ...["optimum", "optimum-optimized", "torchscript", "dynamo-external", "typed", "merged"].map(
        (form) => `gpt2/onnx-${form}`,
      ),
      ...["gpt2-untied/safetensors", "gpt2-untied/gguf", "gpt2-untied/onnx-optimum"],
      ...["gguf-f16/stored", "gguf-bf16/stored", "gguf-q8-0/stored", "nanogpt", "mingpt"],
    ]),
  );
});

describe.each(FORMS)("$name", ({ model, folder }) => {
  it("has the logits of the library that wrote it", async () => {
    const run = engineLogits(await loadModel(folder));
    for (const text of goldenTexts(join(FIXTURES, model))) expectGolden(run(text), text.logits, TOLERANCE);
  });
});

describe.each(MODELS.filter((model) => formsOf(model).length > 1))("%s", (model) => {
  it("is the same program, number by number, in every form", async () => {
    const [first, ...others] = await Promise.all(formsOf(model).map(loadModel));
    for (const other of others) {
      expect(printProgram(lift(other))).toBe(printProgram(lift(first!)));
      expect(other.config).toEqual(first!.config);
      expect(other.tensors).toEqual(first!.tensors);
    }
  });
});

describe("a tokenizer", () => {
  it("in a GGUF file is that of tokenizer.json, with the same hash of the whole", async () => {
    const [gguf, safetensors] = await Promise.all(
      ["gguf", "safetensors"].map((form) => loadModel(join(FIXTURES, "gpt2", form))),
    );
    expect(gguf!.tokenizer).toEqual(safetensors!.tokenizer);
    expect(gguf!.tokenizer.kind).toBe("bytePairs");
    expect(gguf!.sha256).toBe(safetensors!.sha256);
  });

  it("of nanoGPT's meta.pkl is single characters", async () => {
    const { tokenizer } = await loadModel(join(FIXTURES, "nanogpt"));
    expect(tokenizer).toEqual({ kind: "characters", characters: ["\n", " ", "a", "b", "c", "d", "é", "😀", "*"] });
    const { encode, decode } = createTokenizer(tokenizer);
    expect(encode("ab 😀é\n")).toEqual([2, 3, 1, 7, 6, 0]);
    expect(decode([2, 3, 1, 7, 6, 0])).toBe("ab 😀é\n");
    expect(() => encode("x")).toThrow('"x" is not a character of the vocabulary.');
  });

  it("that is nowhere is the ids themselves", async () => {
    const { tokenizer } = await loadModel(join(FIXTURES, "mingpt"));
    expect(tokenizer).toEqual({ kind: "words", words: ["0", "1", "2", "3", "4", "5", "6", "7", "8"] });
  });
});

describe("a file by its path", () => {
  const files = FORMS.flatMap(({ folder, name }) =>
    readdirSync(folder)
      .filter((file) => /\.(?:pt|gguf|onnx)$|^(?:model|pytorch_model)\.(?:safetensors|bin)$/.test(file))
      .map((file) => ({ name: `${name}/${file}`, file: join(folder, file), folder })),
  );

  it.each(files)("$name is the model of its folder", async ({ file, folder }) => {
    expect((await loadModel(file)).sha256).toBe((await loadModel(folder)).sha256);
  });

  it("gives the model its name, unless all such files have it", async () => {
    expect((await loadModel(join(FIXTURES, "gpt2", "gguf", "any-name.gguf"))).id).toBe("any-name");
    expect((await loadModel(join(FIXTURES, "nanogpt", "ckpt.pt"))).id).toBe("nanogpt");
  });
});
