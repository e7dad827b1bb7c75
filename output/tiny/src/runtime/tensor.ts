/** What a tensor is: a place in memory and a shape. */

/** A row-major block of 32-bit floats in a machine's memory. */
export interface Tensor {
  /** Byte offset in the machine's memory, a multiple of 16. */
  readonly offset: number;
  readonly shape: readonly number[];
}

/** Number of rows of a matrix; a vector is one row. */
export function rowsOf(tensor: Tensor): number {
  return tensor.shape.length === 2 ? (tensor.shape[0] as number) : 1;
}

/** Number of columns: the last extent of the shape. */
export function columnsOf(tensor: Tensor): number {
  return tensor.shape[tensor.shape.length - 1] as number;
}

/** The rows `first` to `first + count` of a matrix, sharing its memory. */
export function rowRange(tensor: Tensor, first: number, count: number): Tensor {
  const columns = columnsOf(tensor);
  return { offset: tensor.offset + first * columns * 4, shape: [count, columns] };
}
