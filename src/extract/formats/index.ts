/** The files that a model's weights may come in. A format is a file of this folder and lines of the tables. */
import { openGguf } from "./gguf/index.ts";
import { openOnnx } from "./onnx/index.ts";
import { openPytorch } from "./pytorch/index.ts";
import { openSafetensors } from "./safetensors.ts";
import { openSharded } from "./sharded.ts";
import type { OpenWeights } from "./stored.ts";

export {
  countOf,
  damaged,
  READABLE,
  SHARDS_LIMIT,
  WEIGHTS_LIMIT,
  type StoredModel,
  type StoredTensor,
} from "./stored.ts";

/** What opens a weights file, by the end of its name. */
const OPENERS: readonly (readonly [ending: string, open: OpenWeights])[] = [
  [".safetensors", openSafetensors],
  [".safetensors.index.json", openSharded(openSafetensors)],
  [".bin", openPytorch],
  [".bin.index.json", openSharded(openPytorch)],
  ...[".pt", ".pth", ".ckpt"].map((ending) => [ending, openPytorch] as const),
  [".gguf", openGguf],
  [".onnx", openOnnx],
];

/** Names of weights files in a model's folder, the ones to prefer first: of two kinds, both hold the same numbers. */
export const WEIGHTS_FILES = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  // As nanoGPT and minGPT name their checkpoints.
  "ckpt.pt",
  "model.pt",
  // As optimum names its exports.
  "decoder_model.onnx",
  "onnx/decoder_model.onnx",
  "decoder_model_merged.onnx",
  "onnx/decoder_model_merged.onnx",
  "model.onnx",
  "onnx/model.onnx",
] as const;

/** What opens a file of that name; undefined where it is no weights file. */
export function openerOf(name: string): OpenWeights | undefined {
  return OPENERS.find(([ending]) => name.toLowerCase().endsWith(ending))?.[1];
}
