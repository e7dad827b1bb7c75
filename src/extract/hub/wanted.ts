import { SHARDS_LIMIT, WEIGHTS_FILES } from "../formats/index.ts";
import { isObject } from "../json.ts";

/** The files of a model that are wanted, in the order in which they are fetched. */
export interface Wanted {
  /** Config and tokenizer: fetched first, so that a snapshot with weights has them. */
  readonly companions: readonly string[];
  readonly weights: Weights;
}

/** Weights in files that are known, or in those that an index names. */
export type Weights = { readonly files: readonly string[] } | { readonly index: string };

const CONFIG = "config.json";
const COMBINED_TOKENIZER = "tokenizer.json";
const VOCABULARY = "vocab.json";
const MERGES = "merges.txt";
const SPECIAL_TOKENS = ["special_tokens_map.json", "added_tokens.json"];

const SHARD = /^\w[\w.-]{0,200}\.(?:safetensors|bin)$/;

/** What is wanted of the files there are, or else the words for what is missing. */
export function wantedOf(files: ReadonlySet<string>): Wanted | string {
  if (!files.has(CONFIG)) return CONFIG;
  const file = WEIGHTS_FILES.find((name) => files.has(name));
  if (file === undefined) {
    return "weights that can be read: model.safetensors, pytorch_model.bin or model.onnx, or their shards";
  }
  // What lies beside an ONNX graph comes first: where the model itself is in a snapshot, all of it is.
  const beside = [`${file}_data`].filter((name) => file.endsWith(".onnx") && files.has(name));
  return {
    companions: [CONFIG, ...tokenizerOf(files)],
    weights: file.endsWith(".index.json") ? { index: file } : { files: [...beside, file] },
  };
}

/** The shards that a weights index names, in its order; undefined where it is none, or names other than plain files. */
export function shardsIn(index: Uint8Array): string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(index));
  } catch {
    return undefined;
  }
  const map = isObject(value) ? value["weight_map"] : undefined;
  if (!isObject(map)) return undefined;
  const shards = new Set<unknown>(Object.values(map));
  const names = [...shards].filter((name) => typeof name === "string" && SHARD.test(name)) as string[];
  return names.length === shards.size && names.length > 0 && names.length <= SHARDS_LIMIT ? names : undefined;
}

/** Whether a snapshot that nobody can compare with the hub has a tokenizer. */
export function hasTokenizer(files: ReadonlySet<string>): boolean {
  return tokenizerOf(files).length > 0;
}

function tokenizerOf(files: ReadonlySet<string>): string[] {
  if (files.has(COMBINED_TOKENIZER)) return [COMBINED_TOKENIZER];
  if (!files.has(VOCABULARY)) return [];
  return [VOCABULARY, MERGES, ...SPECIAL_TOKENS].filter((file) => files.has(file));
}
