/**
 * How the time of each stage grows with the number of layers, of heads, and of calibration tokens, on models of random
 * weights: `npm run build && npx tsx bench/scaling.ts [--workers N]`. Prints seconds, and the exponents of power laws
 * fitted to them by least squares on logarithms. Absolute seconds depend on the machine's load.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { writeSafetensors } from "../src/runtime/index.ts";
import { randomLiftSource, randomTokens } from "../test/ir/random-model.ts";
import { weights2ts } from "./command.ts";

interface Size {
  readonly layers: number;
  readonly heads: number;
  /** Calibration tokens. */
  readonly tokens: number;
}

const BASE: Size = { layers: 4, heads: 4, tokens: 8192 };
const RANGES: readonly (readonly [kind: keyof Size, values: readonly number[]])[] = [
  ["layers", [2, 4, 8]],
  ["heads", [2, 4, 8]],
  ["tokens", [4096, 8192, 16384]],
];
/** Of every model. */
const WIDTH = 64;
const INNER = 256;
const CONTEXT = 128;
const VOCABULARY = 512;
/** Tokens of the splits that do not vary. */
const OTHER_TOKENS = 4096;
/** Below this a stage's seconds are those of the clock and the disk. */
const MEASURABLE_SECONDS = 0.02;

type Seconds = ReadonlyMap<string, number>;

const known = new Map<string, Seconds>();
for (const [kind, values] of RANGES) {
  const runs = values.map((value) => secondsOf({ ...BASE, [kind]: value }));
  const stages = [...(runs[0]?.keys() ?? [])];
  console.log(`\n| ${kind} | ${values.join(" | ")} | exponent |\n|${" --- |".repeat(values.length + 2)}`);
  for (const stage of stages) {
    const seconds = runs.map((run) => run.get(stage) ?? 0);
    const cells = [stage, ...seconds.map((each) => `${each.toFixed(2)} s`), exponent(values, seconds)];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

/** Compiles a model of a size, once, with an empty cache. */
function secondsOf(size: Size): Seconds {
  const key = JSON.stringify(size);
  const before = known.get(key);
  if (before) return before;
  const folder = mkdtempSync(join(tmpdir(), "weights2ts-scaling-"));
  try {
    const model = join(folder, "model");
    writeModel(model, size);
    const command = ["compile", model, "-o", join(folder, "package"), ...process.argv.slice(2)];
    const { timings } = weights2ts(command, { WEIGHTS2TS_CACHE: join(folder, "cache") }) as {
      timings: { stage: string; seconds: number }[];
    };
    const total = timings.reduce((sum, { seconds }) => sum + seconds, 0);
    const seconds = new Map(
      [...timings, { stage: "in all", seconds: total }].map((each) => [each.stage, each.seconds]),
    );
    known.set(key, seconds);
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeModel(folder: string, { layers, heads, tokens }: Size): void {
  const sizes = { layers, heads, width: WIDTH, inner: INNER, context: CONTEXT, vocabulary: VOCABULARY };
  const source = randomLiftSource(1, sizes);
  mkdirSync(folder);
  const json = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));
  json("config.json", {
    model_type: "gpt2",
    n_layer: layers,
    n_head: heads,
    n_embd: WIDTH,
    n_inner: INNER,
    n_positions: CONTEXT,
    vocab_size: VOCABULARY,
    layer_norm_epsilon: source.config.epsilon,
    activation_function: source.config.activation,
  });
  const tensors = [...source.tensors].map(([name, { shape, values }]) => ({ name, shape, values }));
  writeFileSync(join(folder, "model.safetensors"), writeSafetensors(tensors));
  json("vocab.json", Object.fromEntries(Array.from({ length: VOCABULARY }, (_, id) => [`word${id}`, id])));
  const splits: Readonly<Record<string, number>> = { calibrate: tokens, select: OTHER_TOKENS, test: OTHER_TOKENS };
  Object.entries(splits).forEach(([split, count], index) =>
    writeFileSync(join(folder, `${split}.jsonl`), documents(1000 * (index + 1), count)),
  );
  const files = Object.fromEntries(Object.keys(splits).map((split) => [split, `${split}.jsonl`]));
  json("task.json", { decision: "argmax", ...files });
}

/** JSON lines of random texts that fill the context, every place scored. */
function documents(seed: number, count: number): string {
  const lines = Array.from({ length: count / CONTEXT }, (_, index) => {
    const tokens = randomTokens(seed + index, CONTEXT, VOCABULARY);
    return JSON.stringify({ tokens, position: 0, scored: tokens.map((_token, place) => place) });
  });
  return `${lines.join("\n")}\n`;
}

/** Slope of log seconds over log sizes. */
function exponent(sizes: readonly number[], seconds: readonly number[]): string {
  if (seconds.some((each) => each < MEASURABLE_SECONDS)) return "too short to tell";
  const [x, y] = [sizes.map(Math.log), seconds.map(Math.log)];
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [centreX, centreY] = [mean(x), mean(y)];
  const together = x.reduce((sum, value, index) => sum + (value - centreX) * ((y[index] as number) - centreY), 0);
  return (together / x.reduce((sum, value) => sum + (value - centreX) ** 2, 0)).toFixed(2);
}
