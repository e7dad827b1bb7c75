/** Weights of GPT-2 as llama.cpp keeps them, with config and tokenizer in the same file. */
import { decodeQ8 } from "./q8.ts";
import type { OpenFile } from "../../files.ts";
import { readFloats } from "../floats.ts";
import { countOf, damaged, isTied, transposed, type StoredModel, type StoredTensor } from "../stored.ts";
import { FORMAT, readGgufHeader, type GgufTensor, type GgufValue } from "./header.ts";
import { tokenizerIn } from "./tokens.ts";

/** ggml's numbers of the types that can be read: their names, and the bytes and numbers of a block. */
const TYPES = new Map<number, { readonly dtype: string; readonly bytes: number; readonly numbers: number }>([
  [0, { dtype: "F32", bytes: 4, numbers: 1 }],
  [1, { dtype: "F16", bytes: 2, numbers: 1 }],
  [30, { dtype: "BF16", bytes: 2, numbers: 1 }],
  [8, { dtype: "Q8_0", bytes: 34, numbers: 32 }],
]);

/** Names outside of blocks, as llama.cpp and as transformers call them. */
const NAMES: Readonly<Record<string, string>> = {
  token_embd: "wte",
  position_embd: "wpe",
  output_norm: "ln_f",
  output: "lm_head",
};

/** Names within a block. */
const BLOCK_NAMES: Readonly<Record<string, string>> = {
  attn_norm: "ln_1",
  attn_qkv: "attn.c_attn",
  attn_output: "attn.c_proj",
  ffn_norm: "ln_2",
  ffn_up: "mlp.c_fc",
  ffn_down: "mlp.c_proj",
};

/** Reads what a GGUF file lists. */
export function openGguf(file: OpenFile): StoredModel {
  const { metadata, tensors: listed } = readGgufHeader(file);
  const tensors = listed.map((tensor) => storedTensor(file, tensor));
  const tokenizer = tokenizerIn(file.path, metadata);
  const model = { path: file.path, tensors, settings: settingsOf(metadata, tensors) };
  return tokenizer ? { ...model, tokenizer } : model;
}

function storedTensor(file: OpenFile, { name, shape, type, position }: GgufTensor): StoredTensor {
  const count = countOf(shape);
  const known = TYPES.get(type);
  const own = nameOf(name);
  const plain: StoredTensor = {
    name: own,
    shape,
    dtype: known?.dtype ?? `numbers of ggml's type ${type}`,
    read: () =>
      known?.dtype === "Q8_0"
        ? decodeQ8(file.read(position, (count / known.numbers) * known.bytes))
        : readFloats(file, { position, count, dtype: known?.dtype ?? "", format: FORMAT }),
  };
  if (known) {
    const wanted = JSON.stringify(name);
    if ((shape.at(-1) ?? 1) % known.numbers !== 0) {
      throw damaged(file.path, FORMAT, `the rows of ${wanted} are no whole blocks of ${known.numbers}`);
    }
    if (!(position + (count / known.numbers) * known.bytes <= file.length)) {
      throw damaged(file.path, FORMAT, `tensor ${wanted} is cut off`);
    }
  }
  // llama.cpp keeps the matrices of blocks as (outputs, inputs).
  return own.startsWith("h.") ? transposed(plain) : plain;
}

/** transformers' name of a tensor of llama.cpp's; one that GPT-2 does not have keeps its own. */
function nameOf(name: string): string {
  const { layer, part, kind } =
    /^(?:blk\.(?<layer>\d+)\.)?(?<part>\w+)\.(?<kind>weight|bias)$/.exec(name)?.groups ?? {};
  const names = layer === undefined ? NAMES : BLOCK_NAMES;
  if (part === undefined || !Object.hasOwn(names, part)) return name;
  return `${layer === undefined ? "" : `h.${layer}.`}${names[part]}.${kind}`;
}

function settingsOf(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly StoredTensor[],
): Readonly<Record<string, unknown>> {
  const shapeOf = (wanted: string) => tensors.find(({ name }) => name === wanted)?.shape;
  return {
    model_type: metadata.get("general.architecture"),
    n_layer: metadata.get("gpt2.block_count"),
    n_head: metadata.get("gpt2.attention.head_count"),
    n_embd: metadata.get("gpt2.embedding_length"),
    n_positions: metadata.get("gpt2.context_length"),
    vocab_size: shapeOf("wte.weight")?.[0],
    // llama.cpp's converter writes four times the width whatever the model has.
    n_inner: shapeOf("h.0.mlp.c_fc.weight")?.[1],
    layer_norm_epsilon: metadata.get("gpt2.attention.layer_norm_epsilon"),
    // llama.cpp computes the approximation by tanh for every GPT-2.
    activation_function: "gelu_new",
    tie_word_embeddings: isTied(tensors),
  };
}
