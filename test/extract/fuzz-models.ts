import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BYTE_CHARACTERS, writeSafetensors } from "../../src/runtime/index.ts";
import { fuzz, type Finding } from "./fuzz.ts";
import { SMALL_CONFIG, smallModel, smallTensors, type Files } from "./small-model.ts";

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

/** Breaks every kind of file in about `cases` ways altogether, beginning with a seed. */
export function fuzzAll(cases: number, firstSeed: number): { readonly cases: number; readonly findings: Finding[] } {
  const kinds = FOLDERS.flatMap(({ files, broken }) => broken.map((name) => ({ files, name })));
  const each = Math.ceil(cases / kinds.length);
  const seeds = Array.from({ length: each }, (_, index) => firstSeed + index);
  const findings = kinds.flatMap(({ files, name }) => {
    const folder = smallModel(files);
    return fuzz(folder, { name, bytes: readFileSync(join(folder, name)) }, seeds);
  });
  return { cases: each * kinds.length, findings };
}
