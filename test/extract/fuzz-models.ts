import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BYTE_CHARACTERS, writeSafetensors } from "../../src/runtime/index.ts";
import { fuzz, type Finding } from "./fuzz.ts";
import { SMALL_CONFIG, smallModel, smallTensors, temporary, type Files } from "./small-model.ts";

const WIDE_CONFIG = { ...SMALL_CONFIG, vocab_size: 260 };

const WIDE_TENSORS = smallTensors().map((tensor) =>
  tensor.name === "wte.weight" ? { ...tensor, shape: [260, 4], values: new Float32Array(1040).fill(0.5) } : tensor,
);

const ENTRIES = [...BYTE_CHARACTERS, "th", "the", "Ġthe", "<|endoftext|>"];
const VOCABULARY = Object.fromEntries(ENTRIES.map((token, id) => [token, id]));

const WIDE = {
  "config.json": JSON.stringify(WIDE_CONFIG),
  "model.safetensors": writeSafetensors(WIDE_TENSORS),
  "vocab.json": JSON.stringify(VOCABULARY),
};

/** A folder for every parser: which of its files are broken. */
const FOLDERS: readonly {
  readonly files: Files;
  readonly broken: readonly string[];
}[] = [
  { files: {}, broken: ["config.json", "model.safetensors", "vocab.json"] },
  {
    files: {
      "model.safetensors": undefined,
      "model.safetensors.index.json": JSON.stringify({
        metadata: {},
        weight_map: Object.fromEntries(smallTensors().map(({ name }) => [name, "a.safetensors"])),
      }),
      "a.safetensors": writeSafetensors(smallTensors()),
    },
    broken: ["model.safetensors.index.json", "a.safetensors"],
  },
  {
    files: {
      ...WIDE,
      "merges.txt": "#version: 0.2\nt h\nth e\nĠ the\n",
      "special_tokens_map.json": JSON.stringify({ eos_token: { content: "<|endoftext|>" } }),
      "added_tokens.json": JSON.stringify({ "<|endoftext|>": 259 }),
    },
    broken: ["merges.txt", "vocab.json", "special_tokens_map.json", "added_tokens.json"],
  },
  {
    files: {
      ...WIDE,
      "tokenizer.json": JSON.stringify({
        added_tokens: [{ id: 259, content: "<|endoftext|>" }],
        pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
        model: { type: "BPE", vocab: VOCABULARY, merges: ["t h", ["th", "e"], "Ġ the"] },
      }),
    },
    broken: ["tokenizer.json"],
  },
];

/** What other tools wrote: which of a fixture's files are broken, and where their structure is. */
const FIXTURES: readonly {
  readonly form: string;
  readonly broken: readonly string[];
  readonly structure?: (bytes: Buffer) => readonly (readonly [number, number])[];
}[] = [
  { form: "nanogpt", broken: ["ckpt.pt", "meta.pkl"], structure: partsOfZip },
  { form: "mingpt", broken: ["model.pt", "config.json"], structure: partsOfZip },
  { form: "gpt2/sharded-bin", broken: ["pytorch_model.bin.index.json", "pytorch_model-00003-of-00003.bin"] },
  { form: "gpt2/legacy-bin", broken: ["pytorch_model.bin"], structure: () => [[0, 2500]] },
  { form: "gpt2/gguf", broken: ["any-name.gguf"], structure: () => [[0, 2500]] },
  { form: "gguf-q8-0/stored", broken: ["model.gguf"], structure: () => [[0, 2500]] },
  { form: "gpt2/onnx-optimum", broken: ["model.onnx"] },
  { form: "gpt2/onnx-dynamo-external", broken: ["model.onnx"], structure: (bytes) => [[0, bytes.length]] },
  { form: "gpt2/onnx-merged", broken: ["decoder_model_merged.onnx"] },
];

/** Seeds that found something, by the file that they broke: tried however few cases are. */
const FOUND: Readonly<Record<string, readonly number[]>> = {
  // Line ends in names of tensors, which messages carried to the terminal as they were.
  "ckpt.pt": [1103],
  "model.pt": [1103],
  "pytorch_model-00003-of-00003.bin": [1583, 2137],
};

/** The pickle at the beginning of PyTorch's archives, and their directory at the end. */
function partsOfZip(bytes: Buffer): [number, number][] {
  const directory = bytes.indexOf("PK\x01\x02", 0, "latin1");
  return directory < 0
    ? [[0, bytes.length]]
    : [
        [0, Math.min(4000, bytes.length)],
        [directory, bytes.length],
      ];
}

/** Breaks every kind of file in about `cases` ways altogether, beginning with a seed. */
export async function fuzzAll(
  cases: number,
  firstSeed: number,
): Promise<{ readonly cases: number; readonly findings: readonly Finding[] }> {
  const kinds = [
    ...FOLDERS.flatMap(({ files, broken }) =>
      broken.map((name) => ({ name, make: () => smallModel(files), structureOf: undefined })),
    ),
    ...FIXTURES.flatMap(({ form, broken, structure }) =>
      broken.map((name) => ({ name, make: () => copyOf(form), structureOf: structure })),
    ),
  ];
  const each = Math.ceil(cases / kinds.length);
  const seeds = Array.from({ length: each }, (_, index) => firstSeed + index);
  const findings: Finding[] = [];
  for (const { name, make, structureOf } of kinds) {
    const folder = make();
    const bytes = readFileSync(join(folder, name));
    const structure = structureOf?.(bytes);
    const tried = new Set([...seeds, ...(FOUND[name] ?? [])]);
    findings.push(...(await fuzz(folder, { name, bytes, ...(structure && { structure }) }, tried)));
  }
  return { cases: each * kinds.length, findings };
}

function copyOf(form: string): string {
  const folder = join(temporary(), "model");
  cpSync(join(import.meta.dirname, "..", "fixtures", "formats", form), folder, { recursive: true });
  return folder;
}
