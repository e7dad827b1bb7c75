import { CompilerError } from "../../errors.ts";
import type { OpenFile } from "../files.ts";
import { isObject, jsonOf } from "../json.ts";
import {
  damaged,
  LISTING_LIMIT,
  TENSORS_LIMIT,
  type OpenBeside,
  type OpenWeights,
  type StoredModel,
} from "./stored.ts";

/** Most files that a model may be spread over. */
const SHARDS_LIMIT = 1_000;

/**
 * Reads the index of a model that transformers spread over several files: {"weight_map": {tensor: file}}. Every file
 * must hold just the tensors that the index puts there.
 */
export function openSharded(openShard: OpenWeights): OpenWeights {
  return (file: OpenFile, openBeside: OpenBeside): StoredModel => {
    const { path } = file;
    if (file.length > LISTING_LIMIT) throw damaged(path, "safetensors index", `it has ${file.length} bytes`);
    const map = jsonOf(path, file.read(0, file.length))["weight_map"];
    if (!isObject(map)) throw damaged(path, "safetensors index", 'it has no object "weight_map"');
    const places = new Map(Object.entries(map));
    if (places.size > TENSORS_LIMIT) throw damaged(path, "safetensors index", `it lists ${places.size} tensors`);
    const names = [...new Set(places.values())];
    if (names.length > SHARDS_LIMIT) throw damaged(path, "safetensors index", `it names ${names.length} files`);

    const tensors = [];
    for (const name of names) {
      if (typeof name !== "string")
        throw damaged(path, "safetensors index", "it puts a tensor into something that is no file name");
      const shard = openShard(openBeside(name), openBeside);
      for (const tensor of shard.tensors) {
        if (places.get(tensor.name) !== name) {
          throw CompilerError.of("tensor-unexpected", {
            path: shard.path,
            tensor: tensor.name,
            reason: "that the index does not put there",
          });
        }
        places.delete(tensor.name);
        tensors.push(tensor);
      }
    }
    const [missing] = places.keys();
    if (missing !== undefined) throw CompilerError.of("tensor-missing", { path, tensor: missing });
    return { path, tensors };
  };
}
