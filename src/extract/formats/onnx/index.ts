/** Weights of GPT-2 in an ONNX graph, recognised by where the graph uses them: exporters rename, share and turn them. */
import { CompilerError } from "../../../errors.ts";
import type { OpenFile } from "../../files.ts";
import { damaged, SHARDS_LIMIT, transposed, type OpenBeside, type StoredModel } from "../stored.ts";
import { usesIn, type Use } from "./graph.ts";
import { FORMAT, slimCopy } from "./slim.ts";
import { storedTensor } from "./tensors.ts";

/** What a block uses, in order. */
const BLOCK: readonly (readonly [name: string, kind: Use["kind"]])[] = [
  ["ln_1.weight", "vector"],
  ["ln_1.bias", "vector"],
  ["attn.c_attn.weight", "matrix"],
  ["attn.c_attn.bias", "vector"],
  ["attn.c_proj.weight", "matrix"],
  ["attn.c_proj.bias", "vector"],
  ["ln_2.weight", "vector"],
  ["ln_2.bias", "vector"],
  ["mlp.c_fc.weight", "matrix"],
  ["mlp.c_fc.bias", "vector"],
  ["mlp.c_proj.weight", "matrix"],
  ["mlp.c_proj.bias", "vector"],
];

/** What comes after the blocks. */
const END: typeof BLOCK = [
  ["ln_f.weight", "vector"],
  ["ln_f.bias", "vector"],
  ["lm_head.weight", "matrix"],
];

/** Reads what the graph of an ONNX file uses. */
export function openOnnx(file: OpenFile, openBeside: OpenBeside): StoredModel {
  const beside = new Map<string, OpenFile>();
  const openOnce = (name: string): OpenFile => {
    const opened = beside.get(name) ?? openBeside(name);
    beside.set(name, opened);
    if (beside.size > SHARDS_LIMIT) throw damaged(file.path, FORMAT, `it names more than ${SHARDS_LIMIT} files`);
    return opened;
  };
  const tensors = named(file.path, usesOf(file)).map(([name, use]) => {
    const tensor = storedTensor(file, openOnce, name, use.tensor);
    // Matrices of the blocks are (inputs, outputs), and the head is (vocabulary, width).
    const turned = use.kind === "matrix" && use.flipped !== (name === "lm_head.weight");
    return turned ? transposed(tensor) : tensor;
  });
  return { path: file.path, tensors };
}

function usesOf(file: OpenFile): Use[] {
  const copy = slimCopy(file);
  try {
    return usesIn(copy);
  } catch {
    throw damaged(file.path, FORMAT, "it is no ONNX model");
  }
}

/** Gives every use its name by its place in the order that GPT-2 computes in. Throws a CompilerError where it has none. */
function named(path: string, uses: readonly Use[]): [name: string, use: Use][] {
  const unknown = (reason: string) => CompilerError.of("graph-unknown", { path, reason });
  const tables = uses.filter(({ kind }) => kind === "table");
  const rest = uses.filter(({ kind }) => kind !== "table");
  const layers = (rest.length - END.length) / BLOCK.length;
  if (!Number.isInteger(layers) || layers < 1) {
    throw unknown(`it uses ${rest.length} matrices and vectors, where GPT-2 uses 12 a block and 3 at its end`);
  }
  const blocks = Array.from({ length: layers }, (_, layer) =>
    BLOCK.map(([name, kind]) => [`h.${layer}.${name}`, kind]),
  );
  const expected = [...blocks.flat(), ...END] as [string, Use["kind"]][];
  const found = expected.map(([name, kind], index): [string, Use] => {
    const use = rest[index] as Use;
    if (use.kind !== kind) throw unknown(`where ${name} is expected, it uses a ${use.kind}`);
    return [name, use];
  });
  return [...embeddings(tables, found.at(-1)?.[1], unknown), ...found];
}

/** Tells the token embedding from the position embedding. */
function embeddings(
  tables: readonly Use[],
  head: Use | undefined,
  unknown: (reason: string) => CompilerError,
): [string, Use][] {
  const [first, second] = tables;
  if (!first || !second || tables.length !== 2) {
    throw unknown(`it looks ${tables.length} tables up, where GPT-2 has a token and a position embedding`);
  }
  const vocabulary = head?.tensor.shape[head.flipped ? 0 : 1];
  const rows = [first, second].map(({ tensor }) => tensor.shape[0]);
  // Of the same size, they are told apart by what they are looked up by: positions are computed, or have an input so named.
  const isPosition = ({ by }: Use): boolean => by === undefined || /position/i.test(by);
  const swapped = rows[0] === rows[1] ? isPosition(first) && !isPosition(second) : rows[0] !== vocabulary;
  const [token, position] = swapped ? [second, first] : [first, second];
  return [
    ["wte.weight", token],
    ["wpe.weight", position],
  ];
}
