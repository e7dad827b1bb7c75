import { createHash, type Hash } from "node:crypto";
import { basename, join } from "node:path";
import { CompilerError } from "../errors.ts";
import { readConfig } from "./config.ts";
import { isPresent, readWhole } from "./files.ts";
import { jsonOf } from "./json.ts";
import { locateModel, modelId } from "./locate.ts";
import type { ExtractedModel } from "./model.ts";
import { readTask } from "./task.ts";
import { readTokenizer } from "./tokenizer-files.ts";
import { readWeights } from "./weights.ts";

/** Weights that other tools read, by what their presence means. */
const OTHER_WEIGHTS: readonly (readonly [file: string, found: string])[] = [
  ["model.safetensors.index.json", "several files (model.safetensors.index.json)"],
  ["pytorch_model.bin", "a Python pickle (pytorch_model.bin)"],
];

/**
 * Loads and checks a model: "tiny" and "zoo/<name>" are bundled, anything else is the path of a folder in Hugging Face's
 * layout. Throws a CompilerError, before anything large is read where possible, if anything about it is wrong or would
 * not be honoured.
 */
export function loadModel(reference: string): ExtractedModel {
  const folder = locateModel(reference);
  const hash = createHash("sha256");
  const hashed = (path: string): Uint8Array => {
    const bytes = readWhole(path);
    announce(hash, path, bytes.length);
    hash.update(bytes);
    return bytes;
  };

  const configPath = join(folder, "config.json");
  const config = readConfig(configPath, jsonOf(configPath, hashed(configPath)));
  const tokenizer = readTokenizer(folder, config.vocabulary, hashed);
  const task = readTask(folder);
  const weightsPath = join(folder, "model.safetensors");
  checkWeightsFormat(folder, weightsPath);
  announce(hash, weightsPath);
  const tensors = readWeights(weightsPath, config, hash);

  const parameters = [...tensors.values()].reduce((total, { values }) => total + values.length, 0);
  const model = { id: modelId(folder), sha256: hash.digest("hex"), parameters, config, tensors, tokenizer };
  return task ? { ...model, task } : model;
}

/** Sets one file apart from the next, so that moving bytes between them changes the hash. */
function announce(hash: Hash, path: string, length?: number): void {
  hash.update(`${basename(path)} ${length ?? ""}\n`);
}

function checkWeightsFormat(folder: string, weightsPath: string): void {
  if (isPresent(weightsPath)) return;
  const other = OTHER_WEIGHTS.find(([file]) => isPresent(join(folder, file)));
  if (other) throw CompilerError.of("weights-format", { path: folder, found: other[1] });
}
