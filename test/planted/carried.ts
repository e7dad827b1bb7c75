import type { LiftConfig, LiftSource, LiftTensor } from "../../src/ir/index.ts";
import type { TokenDocument } from "../../src/text/index.ts";
import { seededNormal, seededUniform } from "../ir/random-model.ts";
import { CONFIG as MAJORITY, WORDS } from "./majority.ts";

export { WORDS };
const [A, B, BOS, SEP, EOS] = [0, 1, 2, 3, 4] as const;
const { width: WIDTH, inner: INNER, context: CONTEXT } = MAJORITY;
const NOISE = 0.01;
/** What stands in the stream where a token is, where the first head writes, and how sharply the second one looks. */
const ONE = 4;
const FOUND = 8;
const SHARP = 1.5;

export const CONFIG: LiftConfig = { ...MAJORITY, layers: 2 };

/**
 * A head of block 0 attends evenly and writes the share of "a" less that of "b"; from "<eos>", a head of block 1 attends to
 * "<sep>" alone and moves what was found there towards "a" and away from "b": what comes after "<sep>" does not count.
 */
export function carriedModel(seed: number): LiftSource {
  const normal = seededNormal(seed);
  const tensors = new Map<string, LiftTensor>();
  const add = (
    name: string,
    shape: number[],
    ones: readonly (readonly [row: number, column: number, value: number])[] = [],
  ) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const values = Float32Array.from({ length: count }, () => NOISE * normal());
    const columns = shape.at(-1) as number;
    for (const [row, column, value] of ones) {
      values[row * columns + column] = (values[row * columns + column] as number) + value;
    }
    tensors.set(name, { shape, values });
  };
  const gain = Array.from({ length: WIDTH }, (_, index) => [0, index, 1] as const);
  const [key, value] = [WIDTH, 2 * WIDTH];
  add(
    "wte.weight",
    [WORDS.length, WIDTH],
    WORDS.map((_, id) => [id, id, ONE] as const),
  );
  add("wpe.weight", [CONTEXT, WIDTH]);
  for (const norm of ["h.0.ln_1", "h.0.ln_2", "h.1.ln_1", "h.1.ln_2", "ln_f"]) {
    add(`${norm}.weight`, [WIDTH], gain);
    add(`${norm}.bias`, [WIDTH]);
  }
  add(
    "h.0.attn.c_attn.weight",
    [WIDTH, 3 * WIDTH],
    [
      [A, value, 1],
      [B, value, -1],
    ],
  );
  add("h.0.attn.c_proj.weight", [WIDTH, WIDTH], [[0, FOUND, 3]]);
  add("h.0.attn.c_proj.bias", [WIDTH]);
  add(
    "h.1.attn.c_attn.weight",
    [WIDTH, 3 * WIDTH],
    [
      [EOS, 0, SHARP],
      [SEP, key, SHARP],
      [FOUND, value, 1],
    ],
  );
  add(
    "h.1.attn.c_proj.weight",
    [WIDTH, WIDTH],
    [
      [0, A, 3],
      [0, B, -3],
    ],
  );
  add("h.1.attn.c_proj.bias", [WIDTH], [[0, EOS, -2 * ONE]]);
  for (const block of [0, 1]) {
    add(`h.${block}.attn.c_attn.bias`, [3 * WIDTH]);
    add(`h.${block}.mlp.c_fc.weight`, [WIDTH, INNER]);
    add(`h.${block}.mlp.c_fc.bias`, [INNER]);
    add(`h.${block}.mlp.c_proj.weight`, [INNER, WIDTH]);
    add(`h.${block}.mlp.c_proj.bias`, [WIDTH]);
  }
  return { config: CONFIG, tensors };
}

/** Letters, a mark, other letters, and the question. */
export function carriedDocuments(seed: number, count: number): TokenDocument[] {
  const uniform = seededUniform(seed);
  const below = (most: number): number => Math.floor(uniform() * most);
  const letters = (): number[] => {
    const share = uniform();
    return Array.from({ length: 3 + below(14) }, () => (uniform() < share ? A : B));
  };
  return Array.from({ length: count }, (_, index) => {
    const tokens = [BOS, ...letters(), SEP, ...letters(), EOS];
    const position = below(CONTEXT - tokens.length);
    return { id: `carried/${seed}/${index}`, domain: "task", tokens, position, scored: [tokens.length - 1] };
  });
}
