import ndarray, { type NdArray } from "ndarray";
import type { LiftTensor } from "./source.ts";

/** The pass's name in origins and in the ledger. */
export const SPLIT_HEADS = "split-heads";

/** One head's weights, cut from the joint matrices of its layer. */
export interface HeadWeights {
  /** (width, head width) */
  readonly query: Slice;
  /** (head width) */
  readonly queryBias: Slice;
  /** (width, head width) */
  readonly key: Slice;
  /** (head width) */
  readonly keyBias: Slice;
  /** (width, head width) */
  readonly value: Slice;
  /** (head width) */
  readonly valueBias: Slice;
  /** (head width, width) */
  readonly output: Slice;
}

/** A copied part of a tensor, and which part it is, such as "columns 32-63". */
export interface Slice {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  readonly slice: string;
}

/** The joint matrices of one layer, in Conv1D orientation: rows are inputs. */
export interface JointAttention {
  /** (width, 3 width): queries, keys and values side by side, each head by head. */
  readonly weight: LiftTensor;
  /** (3 width) */
  readonly bias: LiftTensor;
  /** (width, width): the heads' output matrices one below the other. */
  readonly output: LiftTensor;
}

/**
 * Splits joint attention matrices into heads: the heads' outputs add up to the joint one's exactly, because the output
 * matrix's row blocks each read one head alone (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits").
 */
export function splitHeads(joint: JointAttention, heads: number): HeadWeights[] {
  const width = joint.output.shape[1] as number;
  const headWidth = width / heads;
  const weight = viewOf(joint.weight); // (width, 3 width)
  const bias = viewOf(joint.bias); // (3 width)
  const output = viewOf(joint.output); // (width, width)
  return Array.from({ length: heads }, (_, head) => {
    const columns = (third: number): Slice => {
      const first = third * width + head * headWidth;
      return sliceOf(weight.lo(0, first).hi(width, headWidth), `columns ${range(first, headWidth)}`);
    };
    const entries = (third: number): Slice => {
      const first = third * width + head * headWidth;
      return sliceOf(bias.lo(first).hi(headWidth), `entries ${range(first, headWidth)}`);
    };
    const first = head * headWidth;
    return {
      query: columns(0),
      queryBias: entries(0),
      key: columns(1),
      keyBias: entries(1),
      value: columns(2),
      valueBias: entries(2),
      output: sliceOf(output.lo(first, 0).hi(headWidth, width), `rows ${range(first, headWidth)}`),
    };
  });
}

const range = (first: number, count: number): string => `${first}-${first + count - 1}`;

const viewOf = (tensor: LiftTensor): NdArray<Float32Array> => ndarray(tensor.values, [...tensor.shape]);

/** Copies a strided view of one or two axes into memory of its own, row by row. */
function sliceOf(view: NdArray<Float32Array>, slice: string): Slice {
  const columns = view.shape[view.shape.length - 1] as number;
  const values = new Float32Array(view.size);
  for (let index = 0; index < values.length; index++) {
    const column = index % columns;
    values[index] = view.shape.length === 1 ? view.get(column) : view.get((index - column) / columns, column);
  }
  return { shape: [...view.shape], values, slice };
}
