import { sharedFloats } from "../../engine/index.ts";
import { factorised } from "../../profile/index.ts";
import {
  rewrite,
  touched,
  withTensor,
  type AttentionNode,
  type MlpNode,
  type Program,
  type TensorHandle,
} from "../../ir/index.ts";
import type { Layer, LayerStreamItem, LayerStreamOptions } from "../jobs/layer-stream.ts";
import type { RidgeItem, RidgeOptions, RidgeSums } from "../jobs/ridge-sums.ts";
import type { Workshop } from "../workshop.ts";

const NAME = "ridge";

/** What the squared change of the weights weighs, as a share of the features' mean square: keeps the fit from chasing noise. */
const SHRINKAGE = 0.003;

/** Output weights to fit again, with the rows that each has among the features, and the constant that goes with them. */
interface LayerOutput {
  readonly outputs: readonly TensorHandle[];
  readonly constant: TensorHandle | undefined;
}

/**
 * Fits the output weights of every layer again, first to last: ridge regression of what the stream lacks, compared with the
 * original's, on what the weights multiply when the layers before it are the compiled ones. Each layer so takes up what
 * earlier replacements left out. What stays of the old weights is drawn to, not to 0. Documents go through each layer once
 * and wait behind it: their streams are kept.
 */
export async function ridge(
  { engine, original, calibrate, signal, onDone }: Workshop,
  program: Program,
): Promise<Program> {
  const room = (): Float32Array[] => calibrate.map(({ tokens }) => sharedFloats(tokens.length * program.width));
  const streams = { original: room(), originalAfter: room(), compiled: room(), compiledAfter: room() };
  const pass = async (layer: Layer, through: Program, before: Float32Array[], after: Float32Array[]): Promise<void> => {
    await engine.map<LayerStreamOptions, LayerStreamItem, undefined>(
      new URL("../jobs/layer-stream.ts", import.meta.url),
      { programs: { program: through }, options: { layer } },
      calibrate.map((document, index) => ({
        document,
        before: before[index] as Float32Array,
        after: after[index] as Float32Array,
      })),
      { signal },
    );
  };
  await pass("embed", { ...original, blocks: [] }, streams.original, streams.original);
  await pass("embed", { ...program, blocks: [] }, streams.compiled, streams.compiled);
  let fitted = program;
  const steps = program.blocks.flatMap((_, block) =>
    (["attention", "mlp"] as const).map((layer) => ({ block, layer })),
  );
  for (const [index, { block, layer }] of steps.entries()) {
    const sums = await engine.map<RidgeOptions, RidgeItem, RidgeSums>(
      new URL("../jobs/ridge-sums.ts", import.meta.url),
      {
        programs: { original: onlyLayer(original, block, layer), compiled: onlyLayer(fitted, block, layer) },
        options: { layer },
      },
      calibrate.map((document, item) => ({
        document,
        original: streams.original[item] as Float32Array,
        compiled: streams.compiled[item] as Float32Array,
        originalAfter: streams.originalAfter[item] as Float32Array,
      })),
      { signal },
    );
    const node = fitted.blocks[block];
    if (node) fitted = refitted(fitted, layer === "attention" ? ofAttention(node.attention) : ofMlp(node.mlp), sums);
    await pass(layer, onlyLayer(fitted, block, layer), streams.compiled, streams.compiledAfter);
    [streams.original, streams.originalAfter] = [streams.originalAfter, streams.original];
    [streams.compiled, streams.compiledAfter] = [streams.compiledAfter, streams.compiled];
    onDone?.(index + 1, steps.length);
  }
  return fitted;
}

/** The program with one layer alone. */
function onlyLayer(program: Program, block: number, layer: "attention" | "mlp"): Program {
  const node = program.blocks[block];
  if (!node) return { ...program, blocks: [] };
  const { attention, mlp } = node;
  return {
    ...program,
    blocks: [
      layer === "attention"
        ? { ...node, mlp: { ...mlp, parts: [] } }
        : { ...node, attention: { ...attention, heads: [] } },
    ],
  };
}

function ofAttention({ heads, bias }: AttentionNode): LayerOutput {
  return {
    outputs: heads.flatMap(({ moves }) => (moves.kind === "denseMove" ? [moves.output] : [])),
    constant: bias,
  };
}

function ofMlp({ parts }: MlpNode): LayerOutput {
  return {
    outputs: parts.flatMap((part) => (part.kind === "densePart" ? [part.output] : [])),
    constant: parts.flatMap((part) => (part.kind === "constantPart" ? [part.vector] : []))[0],
  };
}

function refitted(program: Program, { outputs, constant }: LayerOutput, each: readonly RidgeSums[]): Program {
  const [first, ...others] = each;
  if (!first || (outputs.length === 0 && !constant)) return program;
  const { products, lacks } = others.reduce((sum, { products, lacks }) => {
    products.forEach((value, index) => (sum.products[index] = (sum.products[index] as number) + value));
    lacks.forEach((value, index) => (sum.lacks[index] = (sum.lacks[index] as number) + value));
    return sum;
  }, first);
  const size = Math.sqrt(products.length);
  const { width } = program;
  let diagonal = 0;
  for (let index = 0; index < size - 1; index++) diagonal += products[index * (size + 1)] as number;
  const shrinkage = (SHRINKAGE * diagonal) / Math.max(1, size - 1) + Number.EPSILON;
  // The constant is not drawn to its old value.
  for (let index = 0; index < size - 1; index++) {
    products[index * (size + 1)] = (products[index * (size + 1)] as number) + shrinkage;
  }
  products[size * size - 1] = (products[size * size - 1] as number) + Number.EPSILON;
  const solve = factorised(products);
  const change = new Float64Array(size * width); // (features, width)
  for (let column = 0; column < width; column++) {
    const right = Float64Array.from({ length: size }, (_, row) => lacks[row * width + column] as number);
    solve(right).forEach((value, row) => (change[row * width + column] = value));
  }
  let row = 0;
  let next = program;
  const add = (handle: TensorHandle): void => {
    const before = program.tensors.get(handle);
    const start = row * width;
    next = withTensor(
      next,
      handle,
      before.map((value, index) => value + (change[start + index] as number)),
    );
    row += before.length / width;
  };
  outputs.forEach(add);
  row = size - 1;
  if (constant) add(constant);
  return withOrigins(next, new Set([...outputs, ...(constant ? [constant] : [])].map(({ name }) => name)));
}

/** Handles of these names say that this pass touched them. */
function withOrigins(program: Program, names: ReadonlySet<string>): Program {
  const marked = (handle: TensorHandle): TensorHandle =>
    names.has(handle.name) ? { ...handle, origin: touched(handle.origin, NAME) } : handle;
  return rewrite(program, {
    moves: (node) => (node.kind === "denseMove" ? { ...node, output: marked(node.output) } : node),
    attention: (node) => (node.bias ? { ...node, bias: marked(node.bias) } : node),
    part: (node) => {
      if (node.kind === "densePart") return { ...node, output: marked(node.output) };
      return node.kind === "constantPart" ? { ...node, vector: marked(node.vector) } : node;
    },
  });
}
