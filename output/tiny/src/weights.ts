import { readFileSync } from "node:fs";
import { block00 } from "./block-00/weights.ts";
import { block01 } from "./block-01/weights.ts";
import { block02 } from "./block-02/weights.ts";
import { block03 } from "./block-03/weights.ts";
import {
  createMachine,
  createTokenizer,
  readHeader,
  readTensor,
  type Tensor,
  type TokenizerData,
} from "./runtime/index.ts";

const bytesOf = (name: string): Uint8Array => readFileSync(new URL(`../weights/${name}`, import.meta.url));

/** Memory for the weights and for all that is computed from them, with the kernels that do the arithmetic. */
export const machine = createMachine(bytesOf("kernels.wasm"));

/** Text to tokens and back. */
export const tokenizer = createTokenizer(
  JSON.parse(new TextDecoder().decode(bytesOf("tokenizer.json"))) as TokenizerData,
);

const file = bytesOf("model.safetensors");
const header = readHeader(file);

/** Copies one tensor into the machine's memory. */
function tensor(name: string): Tensor {
  const { shape, values } = readTensor(file, header, name);
  return machine.store(values, ...shape);
}

/** Every tensor that the program reads; manifest.json says what each was in the original model. */
export const W = {
  embed: {
    tokens: tensor("tokens"), // (1024, 128)
    positions: tensor("positions"), // (256, 128)
  },
  block00: block00(tensor),
  block01: block01(tensor),
  block02: block02(tensor),
  block03: block03(tensor),
  finalNorm: {
    gain: tensor("finalNorm.gain"), // (128)
    bias: tensor("finalNorm.bias"), // (128)
  },
};
