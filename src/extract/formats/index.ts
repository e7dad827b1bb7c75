/** The files that a model's weights may come in. A format is a file of this folder and a line of the table. */
import { openSafetensors } from "./safetensors.ts";
import { openSharded } from "./sharded.ts";
import type { OpenWeights } from "./stored.ts";

export { SHARDS_LIMIT, WEIGHTS_LIMIT, type StoredModel, type StoredTensor } from "./stored.ts";

/** Names of weights files, the ones to prefer first, and what opens them. */
export const FORMATS: readonly (readonly [file: string, open: OpenWeights])[] = [
  ["model.safetensors", openSafetensors],
  ["model.safetensors.index.json", openSharded(openSafetensors)],
];
