import {
  pruned,
  touched,
  type BlockNode,
  type DensePartNode,
  type HeadNode,
  type MlpNode,
  type MlpPartNode,
  type Program,
  type TensorHandle,
} from "../ir/index.ts";
import type { HeadReplacement, NeuronsReplacement, Replacement } from "./candidate.ts";
import { withRules, withoutTaken } from "./apply-rules.ts";
import { biasOf, narrowedHeads } from "./narrow.ts";

/** The program with all replacements made; where two touch the same head's looks or moves, the later one stands. */
export function applyReplacements(program: Program, replacements: readonly Replacement[]): Program {
  if (replacements.length === 0) return program;
  const values = new Map<string, Float32Array>();
  const blocks = program.blocks.map((block, index): BlockNode => {
    const here = replacements.filter((replacement) => "block" in replacement && replacement.block === index);
    if (here.length === 0) return block;
    const narrowed = narrowedHeads(program, block.attention, here.filter(isOf("columns")), values);
    const heads = narrowed.heads.map((head, headIndex) =>
      here
        .filter(isOf("head"))
        .reduce(
          (node, replacement) => (replacement.head === headIndex ? withHead(node, replacement, values) : node),
          head,
        ),
    );
    const biases = here.filter(isOf("head")).flatMap(({ bias }) => (bias ? [bias] : []));
    const attention = { ...narrowed, heads, ...biasOf(program, narrowed, sumOf(biases, program.width), values) };
    const table = here.find(isOf("mlp"));
    if (table) {
      for (const [name, tensor] of table.tensors) values.set(name, tensor);
      return { ...block, attention, mlp: { ...block.mlp, parts: table.parts } };
    }
    const constant = here.filter(isOf("neurons"));
    const rules = withoutTaken(
      here.filter(isOf("rule")),
      new Set(constant.flatMap(({ means }) => means.map(([neuron]) => neuron))),
    );
    const otherwise = rules.map(({ levels }) => ({ means: levels.map(([neuron, level]) => [neuron, level] as const) }));
    const held = [...constant, ...otherwise];
    const rest = held.length > 0 ? withConstantNeurons(program, block.mlp, held, values) : block.mlp;
    const mlp = withRules(program, block.mlp, rest, rules, values);
    return { ...block, attention, mlp };
  });
  return pruned({ ...program, blocks, tensors: program.tensors.with(values) });
}

function sumOf(vectors: readonly Float32Array[], width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, index) =>
    vectors.reduce((sum, vector) => sum + (vector[index] as number), 0),
  );
}

function isOf<Kind extends Replacement["kind"]>(kind: Kind) {
  return (replacement: Replacement): replacement is Extract<Replacement, { readonly kind: Kind }> =>
    replacement.kind === kind;
}

/** Takes neurons out of the dense part and adds mean times write direction to the MLP's constant. */
function withConstantNeurons(
  program: Program,
  mlp: MlpNode,
  replacements: readonly Pick<NeuronsReplacement, "means">[],
  values: Map<string, Float32Array>,
): MlpNode {
  const means = new Map(replacements.flatMap((replacement) => replacement.means));
  const sum = new Float64Array(program.width);
  const parts = mlp.parts.flatMap((part): MlpPartNode[] => {
    if (part.kind !== "densePart") return [part];
    const output = program.tensors.get(part.output);
    part.neurons.forEach((neuron, row) => {
      const mean = means.get(neuron);
      if (mean === undefined) return;
      for (let column = 0; column < program.width; column++) {
        sum[column] = (sum[column] as number) + mean * (output[row * program.width + column] as number);
      }
    });
    const kept = part.neurons.flatMap((neuron, row) => (means.has(neuron) ? [] : [row]));
    return kept.length > 0 ? [withRows(program, part, kept, values)] : [];
  });
  return { ...mlp, parts: withConstant(program, mlp, parts, sum, values) };
}

/** The dense part with only these of its neurons, in their order. */
function withRows(
  program: Program,
  part: DensePartNode,
  rows: readonly number[],
  values: Map<string, Float32Array>,
): DensePartNode {
  const { width } = program;
  const count = part.neurons.length;
  const input = program.tensors.get(part.input); // (width, neurons)
  const bias = program.tensors.get(part.bias);
  const output = program.tensors.get(part.output); // (neurons, width)
  const newInput = new Float32Array(width * rows.length);
  const newBias = new Float32Array(rows.length);
  const newOutput = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    for (let column = 0; column < width; column++) {
      newInput[column * rows.length + index] = input[column * count + row] as number;
    }
    newBias[index] = bias[row] as number;
    newOutput.set(output.subarray(row * width, (row + 1) * width), index * width);
  });
  const changed = (handle: TensorHandle, shape: readonly number[], tensor: Float32Array): TensorHandle => {
    values.set(handle.name, tensor);
    return { ...handle, shape, origin: touched(handle.origin, PASS) };
  };
  return {
    ...part,
    origin: touched(part.origin, PASS),
    input: changed(part.input, [width, rows.length], newInput),
    bias: changed(part.bias, [rows.length], newBias),
    output: changed(part.output, [rows.length, width], newOutput),
    neurons: rows.map((row) => part.neurons[row] as number),
  };
}

/** The parts with a vector added to their constant, which is made where there is none. */
function withConstant(
  program: Program,
  mlp: MlpNode,
  parts: readonly MlpPartNode[],
  sum: Float64Array,
  values: Map<string, Float32Array>,
): MlpPartNode[] {
  const old = parts.find((part) => part.kind === "constantPart");
  const before = old && program.tensors.get(old.vector);
  const vector = Float32Array.from(sum, (value, column) => value + (before?.[column] ?? 0));
  const origin = touched(old?.origin ?? { tensors: mlp.origin.tensors, passes: [] }, PASS);
  const handle = { name: old?.vector.name ?? `${mlp.id}.bias`, shape: [program.width], origin };
  values.set(handle.name, vector);
  const constant: MlpPartNode = {
    kind: "constantPart",
    id: old?.id ?? `${mlp.id}.constant`,
    shape: ["time", program.width],
    origin,
    vector: handle,
  };
  return [constant, ...parts.filter((part) => part !== old)];
}

const PASS = "constant-neurons";

function withHead(head: HeadNode, replacement: HeadReplacement, values: Map<string, Float32Array>): HeadNode {
  for (const [name, tensor] of replacement.tensors) values.set(name, tensor);
  return { ...head, looks: replacement.looks ?? head.looks, moves: replacement.moves ?? head.moves };
}
