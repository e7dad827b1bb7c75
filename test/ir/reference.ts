import type { LiftSource } from "../../src/ir/index.ts";

type Rows = number[][];

/**
 * A GPT-2's logits (time, vocabulary) straight from its tensors, in 64 bits and with no shared code:
 * written after Hugging Face's `modeling_gpt2.py`.
 */
export function referenceLogits({ config, tensors }: LiftSource, tokens: readonly number[]): number[] {
  const { width, heads, layers, epsilon } = config;
  const vector = (name: string): number[] => Array.from(tensors.get(name)?.values ?? []);
  const matrix = (name: string): Rows => {
    const columns = tensors.get(name)?.shape[1] as number;
    return chunks(vector(name), columns);
  };
  const linear = (x: Rows, name: string): Rows => plus(times(x, matrix(`${name}.weight`)), vector(`${name}.bias`));
  const norm = (x: Rows, name: string): Rows => {
    const [gain, bias] = [vector(`${name}.weight`), vector(`${name}.bias`)];
    return x.map((row) => {
      const mean = sum(row) / width;
      const deviation = Math.sqrt(sum(row.map((value) => (value - mean) ** 2)) / width + epsilon);
      return row.map((value, i) => ((value - mean) / deviation) * (gain[i] as number) + (bias[i] as number));
    });
  };
  const [tokenRows, positionRows] = [matrix("wte.weight"), matrix("wpe.weight")];
  let stream = tokens.map((token, time) => add(tokenRows[token] as number[], positionRows[time] as number[]));
  const size = width / heads;
  for (let layer = 0; layer < layers; layer++) {
    const joint = linear(norm(stream, `h.${layer}.ln_1`), `h.${layer}.attn.c_attn`);
    const scale = (config.scaleByHeadWidth ? Math.sqrt(size) : 1) * (config.scaleByLayer ? layer + 1 : 1);
    const mixed = joint.map((row, time) =>
      Array.from({ length: heads }, (_, head) => {
        const part = (third: number, from: number[]): number[] =>
          from.slice(third * width + head * size, third * width + (head + 1) * size);
        const seen = joint.slice(0, time + 1);
        const weights = softmax(seen.map((other) => dot(part(0, row), part(1, other)) / scale));
        return times(
          [weights],
          seen.map((other) => part(2, other)),
        )[0] as number[];
      }).flat(),
    );
    stream = stream.map((row, i) => add(row, linear(mixed, `h.${layer}.attn.c_proj`)[i] as number[]));
    const hidden = linear(norm(stream, `h.${layer}.ln_2`), `h.${layer}.mlp.c_fc`);
    const active = hidden.map((row) => row.map((value) => activate(value, config.activation)));
    stream = stream.map((row, i) => add(row, linear(active, `h.${layer}.mlp.c_proj`)[i] as number[]));
  }
  const directions = config.tied ? tokenRows : matrix("lm_head.weight");
  return norm(stream, "ln_f").flatMap((row) => directions.map((direction) => dot(row, direction)));
}

function activate(x: number, activation: LiftSource["config"]["activation"]): number {
  if (activation === "relu") return Math.max(x, 0);
  if (activation === "gelu") return 0.5 * x * (1 + errorFunction(x / Math.SQRT2));
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/** erf by its Taylor series, which converges everywhere; 60 terms are exact to 1e-10 up to |x| = 3.5. */
function errorFunction(x: number): number {
  if (Math.abs(x) > 3.5) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

const sum = (row: readonly number[]): number => row.reduce((total, value) => total + value, 0);
const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((value, i) => value * (b[i] as number)));
const add = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value + (b[i] as number));
const plus = (rows: Rows, bias: readonly number[]): Rows => rows.map((row) => add(row, bias));
const times = (a: Rows, b: Rows): Rows =>
  a.map((row) => (b[0] ?? []).map((_, column) => sum(row.map((value, i) => value * (b[i]?.[column] as number)))));
const softmax = (scores: readonly number[]): number[] => {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / sum(powers));
};
const chunks = (values: readonly number[], size: number): Rows =>
  Array.from({ length: values.length / size }, (_, row) => values.slice(row * size, (row + 1) * size));
