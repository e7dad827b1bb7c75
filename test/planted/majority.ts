import type { LiftConfig, LiftSource, LiftTensor } from "../../src/ir/index.ts";
import type { TokenDocument } from "../../src/text/index.ts";
import { seededNormal, seededUniform } from "../ir/random-model.ts";

/** Words of a model that says which of two letters there are more of. */
export const WORDS = ["a", "b", "<bos>", "<sep>", "<eos>", "<pad>"];
const [A, B, BOS, SEP] = [0, 1, 2, 3];
const WIDTH = 16;
const INNER = 8;
const CONTEXT = 48;
const NOISE = 0.01;

/** What stands in the stream where a token is, and how strongly the head writes. */
const ONE = 4;
const WRITES = 3;

export const CONFIG: LiftConfig = {
  layers: 1,
  heads: 1,
  width: WIDTH,
  inner: INNER,
  context: CONTEXT,
  vocabulary: WORDS.length,
  epsilon: 1e-5,
  activation: "gelu_new",
  scaleByHeadWidth: true,
  scaleByLayer: false,
  tied: true,
};

/**
 * One head attends evenly and writes the share of "a" less that of "b" towards the one and away from the other; what the
 * current token says of itself is taken back. All weights have normal noise besides, so much of it.
 */
export function majorityModel(seed: number, noise = NOISE): LiftSource {
  const normal = seededNormal(seed);
  const tensors = new Map<string, LiftTensor>();
  const add = (
    name: string,
    shape: number[],
    ones: readonly (readonly [index: number, value: number])[] = [],
  ): void => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const values = Float32Array.from({ length: count }, () => noise * normal());
    for (const [index, value] of ones) values[index] = (values[index] as number) + value;
    tensors.set(name, { shape, values });
  };
  const gain = Array.from({ length: WIDTH }, (_, index) => [index, 1] as const);
  add(
    "wte.weight",
    [WORDS.length, WIDTH],
    WORDS.map((_, id) => [id * WIDTH + id, ONE] as const),
  );
  add("wpe.weight", [CONTEXT, WIDTH]);
  for (const norm of ["h.0.ln_1", "h.0.ln_2", "ln_f"]) {
    add(`${norm}.weight`, [WIDTH], gain);
    add(`${norm}.bias`, [WIDTH]);
  }
  const value = 2 * WIDTH; // queries and keys come first
  add(
    "h.0.attn.c_attn.weight",
    [WIDTH, 3 * WIDTH],
    [
      [A * 3 * WIDTH + value, 1],
      [B * 3 * WIDTH + value, -1],
    ],
  );
  add("h.0.attn.c_attn.bias", [3 * WIDTH]);
  add(
    "h.0.attn.c_proj.weight",
    [WIDTH, WIDTH],
    [
      [A, WRITES],
      [B, -WRITES],
    ],
  );
  add("h.0.attn.c_proj.bias", [WIDTH], [[SEP, -2 * ONE]]);
  add("h.0.mlp.c_fc.weight", [WIDTH, INNER]);
  add("h.0.mlp.c_fc.bias", [INNER]);
  add("h.0.mlp.c_proj.weight", [INNER, WIDTH]);
  add("h.0.mlp.c_proj.bias", [WIDTH]);
  return { config: CONFIG, tensors };
}

/** Letters, then the question. */
export function majorityDocuments(seed: number, count: number): TokenDocument[] {
  const uniform = seededUniform(seed);
  const below = (most: number): number => Math.floor(uniform() * most);
  return Array.from({ length: count }, (_, index) => {
    const share = uniform();
    const letters = Array.from({ length: 3 + below(20) }, () => (uniform() < share ? A : B));
    const tokens = [BOS, ...letters, SEP];
    const position = below(CONTEXT - tokens.length);
    return { id: `majority/${seed}/${index}`, domain: "task", tokens, position, scored: [tokens.length - 1] };
  });
}
