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
import type { TokenDocument } from "../../text/index.ts";
import type { RidgeOptions, RidgeSums } from "../jobs/ridge-sums.ts";
import type { Workshop } from "../workshop.ts";

const NAME = "ridge";

/** What the squared change of the weights weighs, as a share of the features' mean square: keeps the fit from chasing noise. */
const SHRINKAGE = 0.003;

/** Output weights to fit again, with the rows that each has among the features, and the constant that goes with them. */
interface Layer {
  readonly outputs: readonly TensorHandle[];
  readonly constant: TensorHandle | undefined;
}

/**
 * Fits the output weights of every layer again, first to last: ridge regression of what the stream lacks, compared with the
 * original's, on what the weights multiply when the layers before it are the compiled ones. Each layer so takes up what
 * earlier replacements left out. What stays of the old weights is drawn to, not to 0.
 */
export async function ridge(
  { engine, original, calibrate, signal, onDone }: Workshop,
  program: Program,
): Promise<Program> {
  const job = new URL("../jobs/ridge-sums.ts", import.meta.url);
  let fitted = program;
  const steps = program.blocks.flatMap((_, block) =>
    (["attention", "mlp"] as const).map((layer) => ({ block, layer })),
  );
  for (const [index, { block, layer }] of steps.entries()) {
    const programs = { original: firstBlocks(original, block + 1), compiled: firstBlocks(fitted, block + 1) };
    const sums = await engine.map<RidgeOptions, TokenDocument, RidgeSums>(
      job,
      { programs, options: { layer } },
      calibrate,
      {
        signal,
      },
    );
    const node = fitted.blocks[block];
    if (node) fitted = refitted(fitted, layer === "attention" ? ofAttention(node.attention) : ofMlp(node.mlp), sums);
    onDone?.(index + 1, steps.length);
  }
  return fitted;
}

/** The program that ends after so many blocks. */
function firstBlocks(program: Program, count: number): Program {
  return count === program.blocks.length ? program : { ...program, blocks: program.blocks.slice(0, count) };
}

function ofAttention({ heads, bias }: AttentionNode): Layer {
  return {
    outputs: heads.flatMap(({ moves }) => (moves.kind === "denseMove" ? [moves.output] : [])),
    constant: bias,
  };
}

function ofMlp({ parts }: MlpNode): Layer {
  return {
    outputs: parts.flatMap((part) => (part.kind === "densePart" ? [part.output] : [])),
    constant: parts.flatMap((part) => (part.kind === "constantPart" ? [part.vector] : []))[0],
  };
}

function refitted(program: Program, { outputs, constant }: Layer, each: readonly RidgeSums[]): Program {
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
