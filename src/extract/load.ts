import { createHash } from "node:crypto";
import { join } from "node:path";
import type { TokenizerData } from "../runtime/index.ts";
import { readConfig } from "./config.ts";
import { isPresent, OpenFiles, readWhole } from "./files.ts";
import type { StoredModel } from "./formats/index.ts";
import { jsonOf } from "./json.ts";
import { locateModel, modelId, type Place } from "./locate.ts";
import type { ExtractedModel, Gpt2Config, ModelTensor } from "./model.ts";
import { readTask } from "./task.ts";
import { hasTokenizer, readTokenizer } from "./tokenizer-files.ts";
import { openWeights, readTensors } from "./weights.ts";

/**
 * Loads and checks a model: "tiny" and "zoo/<name>" are bundled, anything else is the path of a folder in Hugging Face's
 * layout, or of a weights file with config and tokenizer in it or beside it. Throws a CompilerError, before anything large
 * is read where possible, if anything about it is wrong or would not be honoured.
 */
export async function loadModel(reference: string): Promise<ExtractedModel> {
  const place = locateModel(reference);
  const files = new OpenFiles();
  try {
    const stored = await openWeights(place, files);
    const config = configOf(place, stored);
    const tokenizer = tokenizerOf(place, stored, config.vocabulary);
    const task = readTask(place.folder);
    const tensors = readTensors(stored, config, files.bytes);

    const parameters = [...tensors.values()].reduce((total, { values }) => total + values.length, 0);
    const sha256 = hashOf(config, tokenizer, tensors);
    const model = { id: modelId(place), sha256, parameters, config, tensors, tokenizer };
    return task ? { ...model, task } : model;
  } finally {
    files.close();
  }
}

/** The folder's config, which a person can mend, wins over the file's own, unless the file is what was named. */
function configOf({ folder, file }: Place, stored: StoredModel): Gpt2Config {
  const path = join(folder, "config.json");
  if (stored.settings && (file !== undefined || !isPresent(path))) return readConfig(stored.path, stored.settings);
  return readConfig(path, jsonOf(path, readWhole(path)));
}

/** As with the config. */
function tokenizerOf({ folder, file }: Place, stored: StoredModel, vocabulary: number): TokenizerData {
  if (stored.tokenizer && (file !== undefined || !hasTokenizer(folder))) return stored.tokenizer(vocabulary);
  return readTokenizer(folder, vocabulary);
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
