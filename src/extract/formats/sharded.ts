import { CompilerError } from "../../errors.ts";
import { TEXT_LIMIT, type OpenFile } from "../files.ts";
import { isObject, jsonOf } from "../json.ts";
import { damaged, SHARDS_LIMIT, type OpenBeside, type OpenWeights, type StoredModel } from "./stored.ts";

/** Most tensors that an index may list: GPT-2 XL has some 600. */
const TENSORS_LIMIT = 100_000;

/**
 * Reads the index of a model that transformers spread over several files: {"weight_map": {tensor: file}}. Every file
 * must hold just the tensors that the index puts there.
 */
export function openSharded(openShard: OpenWeights): OpenWeights {
  return async (file: OpenFile, openBeside: OpenBeside): Promise<StoredModel> => {
    const { path } = file;
    const unsound = (reason: string) => damaged(path, "weights index", reason);
    if (file.length > TEXT_LIMIT) throw unsound(`it has ${file.length} bytes`);
    const map = jsonOf(path, file.read(0, file.length))["weight_map"];
    if (!isObject(map)) throw unsound('it has no object "weight_map"');
    const places = new Map(Object.entries(map));
    if (places.size > TENSORS_LIMIT) throw unsound(`it lists ${places.size} tensors`);
    const names = [...new Set(places.values())];
    if (names.length > SHARDS_LIMIT) throw unsound(`it names ${names.length} files`);

    const tensors = [];
    for (const name of names) {
      if (typeof name !== "string") throw unsound("it puts a tensor into something that is no file name");
      const shard = await openShard(openBeside(name), openBeside);
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
