import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LiftConfig } from "../../src/ir/index.ts";
import { writeSafetensors } from "../../src/runtime/index.ts";
import { CONFIG, majorityDocuments, majorityModel, WORDS } from "../planted/majority.ts";
import { randomLiftSource, randomTokens } from "../ir/random-model.ts";

const TINY = fileURLToPath(new URL("../../models/tiny", import.meta.url));
const TOKENIZER_FILES = ["tokenizer.json", "vocab.json", "merges.txt"];
const DOCUMENTS = 40;

/** A tensor as it is written to a file. */
export interface WrittenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a test may change about a model before it is written. */
export interface Changes {
  readonly sizes?: Partial<LiftConfig>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tensors?: (tensors: WrittenTensor[]) => WrittenTensor[];
  readonly words?: readonly string[];
}

/** Writes a model of random weights with a list of words and its own documents in every split; gives its folder. */
export function writeTaskModel(parent: string, changes: Changes = {}, name = "task-model"): string {
  const sizes = { layers: 1, width: 16, inner: 24, context: 32, ...changes.sizes };
  const { folder, vocabulary } = writeModel(join(parent, name), 11, { ...changes, sizes });
  const words = Array.from({ length: vocabulary }, (_, id) => [changes.words?.[id] ?? `word${id}`, id]);
  writeJson(join(folder, "vocab.json"), Object.fromEntries(words));
  const splits = ["calibrate", "select", "test"];
  for (const [index, split] of splits.entries()) {
    writeFileSync(join(folder, `${split}.jsonl`), randomDocuments(1000 * index, vocabulary, sizes.context));
  }
  const files = Object.fromEntries(splits.map((split) => [split, `${split}.jsonl`]));
  writeJson(join(folder, "task.json"), { decision: "argmax", ...files });
  return folder;
}

/** Writes a model of random weights with the tokenizer of the bundled one; gives its folder. */
export function writeTextModel(parent: string, name = "text-model"): string {
  const sizes = { layers: 2, width: 16, inner: 32, context: 64, vocabulary: 1024 };
  const { folder } = writeModel(join(parent, name), 12, { sizes });
  for (const file of TOKENIZER_FILES) cpSync(join(TINY, file), join(folder, file));
  return folder;
}

/** Text enough for every split: so many different paragraphs. */
export function paragraphs(count: number): string {
  const paragraph = (index: number): string =>
    `In year ${1500 + index} the people of town ${(index * 7) % 31} counted ${index * index} sheep, and were content. ` +
    `Nobody knew why the river had ${index % 9} bridges, or who had paid the ${index * 3} masons that built them.`;
  return Array.from({ length: count }, (_, index) => paragraph(index)).join("\n\n");
}

/** Writes the planted model that says which of two words there are more of, with its documents; gives its folder. */
export function writeMajority(parent: string, words = WORDS): string {
  const folder = join(parent, "majority");
  mkdirSync(folder);
  const json = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));
  json("config.json", {
    model_type: "gpt2",
    n_layer: CONFIG.layers,
    n_head: CONFIG.heads,
    n_embd: CONFIG.width,
    n_inner: CONFIG.inner,
    n_positions: CONFIG.context,
    vocab_size: CONFIG.vocabulary,
    layer_norm_epsilon: CONFIG.epsilon,
    activation_function: CONFIG.activation,
  });
  json("vocab.json", Object.fromEntries(words.map((word, id) => [word, id])));
  const tensors = [...majorityModel(1).tensors].map(([name, { shape, values }]) => ({ name, shape, values }));
  writeFileSync(join(folder, "model.safetensors"), writeSafetensors(tensors));
  const splits = ["calibrate", "select", "test"];
  for (const [index, split] of splits.entries()) {
    const lines = majorityDocuments(10 + index, 150).map(({ tokens, position, scored }) =>
      JSON.stringify({ tokens, position, scored }),
    );
    writeFileSync(join(folder, `${split}.jsonl`), `${lines.join("\n")}\n`);
  }
  json("task.json", { decision: "argmax", ...Object.fromEntries(splits.map((split) => [split, `${split}.jsonl`])) });
  return folder;
}

function writeModel(folder: string, seed: number, { sizes = {}, config = {}, tensors: change = same }: Changes) {
  const source = randomLiftSource(seed, sizes);
  const { layers, heads, width, inner, context, vocabulary, epsilon, activation } = source.config;
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, "config.json"), {
    model_type: "gpt2",
    n_layer: layers,
    n_head: heads,
    n_embd: width,
    n_inner: inner,
    n_positions: context,
    vocab_size: vocabulary,
    layer_norm_epsilon: epsilon,
    activation_function: activation,
    ...config,
  });
  const tensors = [...source.tensors].map(([name, { shape, values }]) => ({ name, shape, values }));
  writeFileSync(join(folder, "model.safetensors"), writeSafetensors(change(tensors)));
  return { folder, vocabulary };
}

function same(tensors: WrittenTensor[]): WrittenTensor[] {
  return tensors;
}

/** JSON lines of random tokens at random positions, every place scored. */
function randomDocuments(seed: number, vocabulary: number, context: number): string {
  const lines = Array.from({ length: DOCUMENTS }, (_, index) => {
    const [length = 0, position = 0] = randomTokens(seed + index, 2, context / 2);
    const tokens = randomTokens(seed + index + 500, length + 2, vocabulary);
    return JSON.stringify({
      tokens,
      position: Math.max(0, position - 2),
      scored: tokens.map((_token, place) => place),
    });
  });
  return `${lines.join("\n")}\n`;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, JSON.stringify(value, null, 2));
}
