import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../src/engine/index.ts";

/** GPT-2 small. */
const LAYERS = 12;
const WIDTH = 768;
const CONTEXT = 1024;
const VOCABULARY = 50_257;
const SEED = 124;

/** Documents of a split, and tokens of each: enough for every stage to run. */
const DOCUMENTS = 3;
const TOKENS = 24;

/** Bytes of the weights as 32-bit floats. */
export const WEIGHTS_BYTES =
  4 * (VOCABULARY * WIDTH + CONTEXT * WIDTH + LAYERS * (12 * WIDTH * WIDTH + 13 * WIDTH) + 2 * WIDTH);

/** Writes a model of GPT-2 small's shape, with seeded random weights and a few documents of its own, without a tokenizer. */
export function writeGpt2Small(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const config = {
    model_type: "gpt2",
    n_layer: LAYERS,
    n_head: 12,
    n_embd: WIDTH,
    n_positions: CONTEXT,
    vocab_size: VOCABULARY,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const random = createRandom(SEED);
  const splits = ["calibrate", "select", "test"];
  for (const split of splits) {
    const lines = Array.from({ length: DOCUMENTS }, () => {
      const tokens = Array.from({ length: TOKENS }, () => Math.floor(random() * VOCABULARY));
      return JSON.stringify({ tokens, position: 0, scored: tokens.map((_, place) => place) });
    });
    writeFileSync(join(folder, `${split}.jsonl`), `${lines.join("\n")}\n`);
  }
  const files = Object.fromEntries(splits.map((split) => [split, `${split}.jsonl`]));
  writeFileSync(join(folder, "task.json"), JSON.stringify({ decision: "argmax", ...files }));
  writeWeights(join(folder, "model.safetensors"), random);
}

/** Tensor by tensor, so that the writer itself takes little memory. */
function writeWeights(path: string, random: () => number): void {
  const shapes = tensors();
  let end = 0;
  const entries = shapes.map(([name, shape]) => {
    const begin = end;
    end += 4 * countOf(shape);
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = openSync(path, "w");
  writeSync(file, length);
  writeSync(file, header);
  for (const [name, shape] of shapes) {
    const values = new Float32Array(countOf(shape));
    // As GPT-2 begins: norms at 1, biases at 0, matrices small.
    if (/ln_\w+\.weight$/.test(name)) values.fill(1);
    else if (shape.length === 2)
      for (let index = 0; index < values.length; index++) values[index] = 0.07 * (random() - 0.5);
    const bytes = new Uint8Array(values.buffer);
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
  }
  closeSync(file);
}

function tensors(): [name: string, shape: number[]][] {
  const block = (layer: number): [string, number[]][] => [
    [`h.${layer}.ln_1.weight`, [WIDTH]],
    [`h.${layer}.ln_1.bias`, [WIDTH]],
    [`h.${layer}.attn.c_attn.weight`, [WIDTH, 3 * WIDTH]],
    [`h.${layer}.attn.c_attn.bias`, [3 * WIDTH]],
    [`h.${layer}.attn.c_proj.weight`, [WIDTH, WIDTH]],
    [`h.${layer}.attn.c_proj.bias`, [WIDTH]],
    [`h.${layer}.ln_2.weight`, [WIDTH]],
    [`h.${layer}.ln_2.bias`, [WIDTH]],
    [`h.${layer}.mlp.c_fc.weight`, [WIDTH, 4 * WIDTH]],
    [`h.${layer}.mlp.c_fc.bias`, [4 * WIDTH]],
    [`h.${layer}.mlp.c_proj.weight`, [4 * WIDTH, WIDTH]],
    [`h.${layer}.mlp.c_proj.bias`, [WIDTH]],
  ];
  return [
    ["wte.weight", [VOCABULARY, WIDTH]],
    ["wpe.weight", [CONTEXT, WIDTH]],
    ...Array.from({ length: LAYERS }, (_, layer) => block(layer)).flat(),
    ["ln_f.weight", [WIDTH]],
    ["ln_f.bias", [WIDTH]],
  ];
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
