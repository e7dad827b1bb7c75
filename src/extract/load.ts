import { createHash } from "node:crypto";
import { join } from "node:path";
import type { TokenizerData } from "../runtime/index.ts";
import { readConfig } from "./config.ts";
import { readWhole } from "./files.ts";
import { jsonOf } from "./json.ts";
import { locateModel, modelId } from "./locate.ts";
import type { ExtractedModel, Gpt2Config, ModelTensor } from "./model.ts";
import { readTask } from "./task.ts";
import { readTokenizer } from "./tokenizer-files.ts";
import { readWeights } from "./weights.ts";

/**
 * Loads and checks a model: "tiny" and "zoo/<name>" are bundled, anything else is the path of a folder in Hugging Face's
 * layout. Throws a CompilerError, before anything large is read where possible, if anything about it is wrong or would
 * not be honoured.
 */
export function loadModel(reference: string): ExtractedModel {
  const folder = locateModel(reference);
  const configPath = join(folder, "config.json");
  const config = readConfig(configPath, jsonOf(configPath, readWhole(configPath)));
  const tokenizer = readTokenizer(folder, config.vocabulary);
  const task = readTask(folder);
  const tensors = readWeights(folder, config);

  const parameters = [...tensors.values()].reduce((total, { values }) => total + values.length, 0);
  const sha256 = hashOf(config, tokenizer, tensors);
  const model = { id: modelId(folder), sha256, parameters, config, tensors, tokenizer };
  return task ? { ...model, task } : model;
}

/** The SHA-256 of what a model is, which does not depend on the files that it was stored in. */
function hashOf(config: Gpt2Config, tokenizer: TokenizerData, tensors: ReadonlyMap<string, ModelTensor>): string {
  const hash = createHash("sha256");
  hash.update(`${JSON.stringify({ config, tokenizer })}\n`);
  for (const [name, { shape, values }] of tensors) {
    hash.update(`${JSON.stringify({ name, shape })}\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}
