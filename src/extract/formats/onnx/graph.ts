/** Which weights an ONNX graph uses, in the order in which it uses them. */
import onnxProto from "onnx-proto";
import type { DataPlace } from "./slim.ts";

const { ModelProto } = onnxProto.onnx;

/** A tensor of a graph, by the number of its type. */
export interface GraphTensor {
  readonly shape: readonly number[];
  readonly type: number;
  /** Where its numbers lie in the file; undefined where there are none, or in another file. */
  readonly place: DataPlace | undefined;
  /** Where they lie in another file: "location", "offset" and "length". */
  readonly external: ReadonlyMap<string, string> | undefined;
}

/** What a node takes from the weights. */
export interface Use {
  /** A table looks rows up, a matrix is multiplied with, a vector scales or is added. */
  readonly kind: "table" | "matrix" | "vector";
  readonly tensor: GraphTensor;
  /** A matrix that is stored as (outputs, inputs). */
  readonly flipped: boolean;
  /** The input of the whole graph that a table is looked up by, where it is looked up by one. */
  readonly by: string | undefined;
}

/** How many nodes may stand between a weight and what uses it. */
const CHAIN_LIMIT = 32;

/** Numbers of the types FLOAT, FLOAT16, DOUBLE and BFLOAT16. */
const FLOATS = new Set([1, 10, 11, 16]);

/** Ops that use weights, ONNX Runtime's fusions among them. */
const USERS = new Set([
  ...["Gather", "MatMul", "Gemm", "Add", "Mul", "LayerNormalization"],
  ...["SkipLayerNormalization", "Attention", "FusedMatMul", "FastGelu", "BiasGelu"],
]);

/** Ops that hand a weight on. */
const HANDING_ON = new Set(["Identity", "Cast", "Transpose", "Dropout"]);

/** Ops between an input of the graph and a table. */
const INDEX_PREPARING = new Set(["Identity", "Cast", "Reshape", "Flatten", "Unsqueeze", "Squeeze"]);

/** ONNX Runtime's fusion of a sum and a layer norm takes what it adds before the norm as its last input. */
const FUSED_NORM = "SkipLayerNormalization";
const FUSED_NORM_INPUTS = [4, 2, 3];

interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

interface Attribute {
  readonly integer: number;
  readonly tensor: GraphTensor | undefined;
  readonly graph: Graph | undefined;
}

interface Graph {
  readonly inputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly weights: ReadonlyMap<string, GraphTensor>;
  readonly producers: ReadonlyMap<string, Node>;
}

/** What surrounds a node: the graph that it is in, and those around it. */
type Scope = readonly Graph[];

/** The uses of weights in an encoded model. Throws what protobuf throws where it is none. */
export function usesIn(model: Uint8Array): Use[] {
  const { graph } = ModelProto.decode(model);
  return graph ? usesOf([graphOf(graph)]) : [];
}

function usesOf(scope: Scope): Use[] {
  const [graph] = scope;
  return (graph?.nodes ?? []).flatMap((node) => {
    // Branches of a merged graph, with and without a past, use the same weights.
    const branch = node.attributes.get("then_branch")?.graph;
    return branch ? usesOf([branch, ...scope]) : usesBy(node, scope);
  });
}

function usesBy(node: Node, scope: Scope): Use[] {
  if (HANDING_ON.has(node.op)) return [];
  const order = node.op === FUSED_NORM ? FUSED_NORM_INPUTS : node.inputs.keys();
  return [...order].flatMap((index) => {
    const found = weightOf(node.inputs[index] ?? "", scope);
    const kind = found && kindOf(node, index, found.tensor);
    if (!found || !kind) return [];
    const turned = node.op === "Gemm" && node.attributes.get("transB")?.integer === 1;
    const by = kind === "table" ? inputBehind(node.inputs[1] ?? "", scope) : undefined;
    return [{ kind, tensor: found.tensor, flipped: found.flipped !== turned, by }];
  });
}

/** How a node uses the weight that it takes at a place; undefined where that is no weight of a GPT-2. */
function kindOf({ op }: Node, index: number, { shape, type }: GraphTensor): Use["kind"] | undefined {
  // Integers are shapes and places.
  if (!FLOATS.has(type) || !USERS.has(op)) return undefined;
  if (op === "Gather") return index === 0 && shape.length === 2 ? "table" : undefined;
  if (shape.length === 2) return index === 1 ? "matrix" : undefined;
  // Lists of one number are factors and limits of attention.
  return shape.length === 1 && shape[0] !== 1 ? "vector" : undefined;
}

/** The weight that a name stands for, and whether its axes were exchanged on the way. */
function weightOf(name: string, scope: Scope): { readonly tensor: GraphTensor; readonly flipped: boolean } | undefined {
  let flipped = false;
  let current = name;
  for (let step = 0; step < CHAIN_LIMIT; step++) {
    const tensor = found(scope, ({ weights }) => weights.get(current));
    if (tensor) return { tensor, flipped };
    const node = found(scope, ({ producers }) => producers.get(current));
    if (node?.op === "Constant") {
      const value = node.attributes.get("value")?.tensor;
      return value && { tensor: value, flipped };
    }
    if (!node || !HANDING_ON.has(node.op)) return undefined;
    if (node.op === "Transpose") flipped = !flipped;
    current = node.inputs[0] ?? "";
  }
  return undefined;
}

/** The input of the whole graph that a name is, or is made of without computing. */
function inputBehind(name: string, scope: Scope): string | undefined {
  let current = name;
  for (let step = 0; step < CHAIN_LIMIT; step++) {
    if (scope.at(-1)?.inputs.includes(current)) return current;
    const node = found(scope, ({ producers }) => producers.get(current));
    if (!node || !INDEX_PREPARING.has(node.op)) return undefined;
    current = node.inputs[0] ?? "";
  }
  return undefined;
}

/** What the innermost graph has. */
function found<Value>(scope: Scope, look: (graph: Graph) => Value | undefined): Value | undefined {
  for (const graph of scope) {
    const value = look(graph);
    if (value !== undefined) return value;
  }
  return undefined;
}

function graphOf(graph: onnxProto.onnx.IGraphProto): Graph {
  const weights = new Map((graph.initializer ?? []).map((tensor) => [tensor.name ?? "", tensorOf(tensor)]));
  const producers = new Map<string, Node>();
  const nodes = (graph.node ?? []).map((stored) => {
    const attributes = (stored.attribute ?? []).map(
      (attribute) => [attribute.name ?? "", attributeOf(attribute)] as const,
    );
    const node = { op: stored.opType ?? "", inputs: stored.input ?? [], attributes: new Map(attributes) };
    for (const output of stored.output ?? []) producers.set(output, node);
    return node;
  });
  const inputs = (graph.input ?? []).map(({ name }) => name ?? "").filter((name) => !weights.has(name));
  return { inputs, nodes, weights, producers };
}

function attributeOf(attribute: onnxProto.onnx.IAttributeProto): Attribute {
  return {
    integer: Number(attribute.i ?? 0),
    tensor: attribute.t ? tensorOf(attribute.t) : undefined,
    graph: attribute.g ? graphOf(attribute.g) : undefined,
  };
}

function tensorOf(tensor: onnxProto.onnx.ITensorProto): GraphTensor {
  const external = (tensor.externalData ?? []).map(({ key, value }) => [key ?? "", value ?? ""] as const);
  return {
    shape: (tensor.dims ?? []).map(Number),
    type: tensor.dataType ?? 0,
    place: tensor.docString ? (JSON.parse(tensor.docString) as DataPlace) : undefined,
    external: Number(tensor.dataLocation) === EXTERNAL ? new Map(external) : undefined,
  };
}

/** TensorProto.DataLocation */
const EXTERNAL = 1;
