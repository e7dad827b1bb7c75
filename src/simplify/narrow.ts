import {
  touched,
  type AttentionNode,
  type HeadNode,
  type LookNode,
  type Origin,
  type Program,
  type TensorHandle,
} from "../ir/index.ts";
import type { ColumnsReplacement } from "./candidate.ts";

const NAME = "narrow-heads";

/** The heads without the columns; the constants of moved values go through the output weights into the attention's bias. */
export function narrowedHeads(
  program: Program,
  attention: AttentionNode,
  replacements: readonly ColumnsReplacement[],
  values: Map<string, Float32Array>,
): AttentionNode {
  if (replacements.length === 0) return attention;
  const sum = new Float64Array(program.width);
  const heads = attention.heads.map((head, index): HeadNode => {
    const constants = (part: ColumnsReplacement["part"]): ReadonlyMap<number, number> =>
      new Map(replacements.filter((own) => own.head === index && own.part === part).flatMap((own) => own.constants));
    const [looks, moves] = [constants("looks"), constants("moves")];
    return withoutMoves(program, withoutLooks(program, head, looks, values), moves, sum, values);
  });
  return { ...attention, heads, ...biasOf(program, attention, sum, values) };
}

function withoutLooks(
  program: Program,
  head: HeadNode,
  dropped: ReadonlyMap<number, number>,
  values: Map<string, Float32Array>,
): HeadNode {
  if (dropped.size === 0) return head;
  const looks = head.looks.flatMap((look): LookNode[] => {
    if (look.kind !== "denseLook") return [look];
    const kept = keptColumns(look.query, dropped);
    if (kept.length === 0) return []; // even attention
    const narrow = narrowing(program, kept, values);
    return [
      {
        ...look,
        origin: touched(look.origin, NAME),
        query: narrow(look.query),
        queryBias: narrow(look.queryBias),
        key: narrow(look.key),
        ...(look.keyBias && { keyBias: narrow(look.keyBias) }),
      },
    ];
  });
  return { ...head, looks };
}

function withoutMoves(
  program: Program,
  head: HeadNode,
  dropped: ReadonlyMap<number, number>,
  sum: Float64Array,
  values: Map<string, Float32Array>,
): HeadNode {
  const { moves } = head;
  if (dropped.size === 0 || moves.kind !== "denseMove") return head;
  const { width } = program;
  const output = program.tensors.get(moves.output);
  for (const [column, constant] of dropped) {
    for (let index = 0; index < width; index++) {
      sum[index] = (sum[index] as number) + constant * (output[column * width + index] as number);
    }
  }
  const kept = keptColumns(moves.value, dropped);
  if (kept.length === 0) {
    const origin = touched(moves.origin, NAME);
    const vector = { name: `${head.id}.mean`, shape: [width], origin };
    values.set(vector.name, new Float32Array(width));
    return { ...head, looks: [], moves: { kind: "constantMove", id: moves.id, shape: moves.shape, origin, vector } };
  }
  const narrow = narrowing(program, kept, values);
  const rows = new Float32Array(kept.length * width);
  kept.forEach((row, index) => rows.set(output.subarray(row * width, (row + 1) * width), index * width));
  values.set(moves.output.name, rows);
  return {
    ...head,
    moves: {
      ...moves,
      origin: touched(moves.origin, NAME),
      value: narrow(moves.value),
      ...(moves.valueBias && { valueBias: narrow(moves.valueBias) }),
      output: { ...moves.output, shape: [kept.length, width], origin: touched(moves.output.origin, NAME) },
    },
  };
}

function keptColumns({ shape }: TensorHandle, dropped: ReadonlyMap<number, number>): number[] {
  return Array.from({ length: shape.at(-1) ?? 0 }, (_, column) => column).filter((column) => !dropped.has(column));
}

/** Keeps some columns of a matrix, or elements of a vector, and puts the values where they belong. */
function narrowing(
  program: Program,
  kept: readonly number[],
  values: Map<string, Float32Array>,
): (handle: TensorHandle) => TensorHandle {
  return (handle) => {
    const before = program.tensors.get(handle);
    const columns = handle.shape.at(-1) as number;
    const rows = before.length / columns;
    const after = new Float32Array(rows * kept.length);
    for (let row = 0; row < rows; row++) {
      kept.forEach((column, index) => (after[row * kept.length + index] = before[row * columns + column] as number));
    }
    values.set(handle.name, after);
    return { ...handle, shape: [...handle.shape.slice(0, -1), kept.length], origin: touched(handle.origin, NAME) };
  };
}

/** The attention's bias with a vector added, where the vector is not zero. */
export function biasOf(
  program: Program,
  attention: AttentionNode,
  sum: Float64Array,
  values: Map<string, Float32Array>,
): Pick<AttentionNode, "bias"> {
  if (sum.every((value) => value === 0)) return {};
  const before = attention.bias && (values.get(attention.bias.name) ?? program.tensors.get(attention.bias));
  const origin: Origin = attention.bias?.origin ?? { tensors: attention.origin.tensors, passes: [] };
  const bias = {
    name: attention.bias?.name ?? `${attention.id}.bias`,
    shape: [program.width],
    origin: touched(origin, NAME),
  };
  values.set(
    bias.name,
    Float32Array.from(sum, (value, index) => value + (before?.[index] ?? 0)),
  );
  return { bias };
}
