/** Memory for tensors, and the operations on them that the forward pass calls. */
import type { Activation, Kernels } from "./kernels.ts";
import { columnsOf, rowsOf, type Tensor } from "./tensor.ts";

const ALIGNMENT = 16;
const PAGE = 65_536;

/** Memory for tensors, handed out as a stack, and the kernels that work on it. */
export class Machine {
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: Kernels;
  #top: number;
  #holds = 0;
  #heldFrom = 0;

  /** @param base first free byte: what lies below belongs to the kernels */
  constructor(memory: WebAssembly.Memory, kernels: Kernels, base: number) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#top = Math.ceil(base / ALIGNMENT) * ALIGNMENT;
  }

  /** A tensor whose contents are undefined until written. Throws a RangeError when memory is exhausted. */
  allocate(...shape: number[]): Tensor {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const offset = this.#top;
    this.#top += Math.ceil((count * 4) / ALIGNMENT) * ALIGNMENT;
    const missing = this.#top - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return { offset, shape };
  }

  /** A tensor with a copy of the values. */
  store(values: ArrayLike<number>, ...shape: number[]): Tensor {
    const tensor = this.allocate(...shape);
    this.values(tensor).set(values);
    return tensor;
  }

  /** The tensor's values as a view that stays valid until the next allocation. */
  values(tensor: Tensor): Float32Array {
    return new Float32Array(this.#memory.buffer, tensor.offset, rowsOf(tensor) * columnsOf(tensor));
  }

  /** Runs `work`, then gives back everything that it allocated. */
  scope<Result>(work: () => Result): Result {
    const mark = this.#top;
    try {
      return work();
    } finally {
      this.#top = mark;
    }
  }

  /** Keeps what is allocated from here on for work that pauses in between; pair with `release`. */
  hold(): void {
    if (this.#holds++ === 0) this.#heldFrom = this.#top;
  }

  /** Ends a hold; memory is given back when the last of the overlapping holds ends. */
  release(): void {
    if (--this.#holds === 0) this.#top = this.#heldFrom;
  }

  /** out = a b, or out += a b: (rows, inner)(inner, columns) -> (rows, columns). */
  matmul(a: Tensor, b: Tensor, out: Tensor, accumulate = false): void {
    this.#kernels.matmul(a.offset, b.offset, out.offset, rowsOf(a), rowsOf(b), columnsOf(b), accumulate ? 1 : 0);
  }

  /** (rows, columns) -> (columns, rows) */
  transposed(a: Tensor): Tensor {
    const out = this.allocate(columnsOf(a), rowsOf(a));
    this.#kernels.transpose(a.offset, out.offset, rowsOf(a), columnsOf(a));
    return out;
  }

  /** Adds one row to every row of `out`. */
  addRow(out: Tensor, row: Tensor): void {
    this.#kernels.addRow(out.offset, row.offset, rowsOf(out), columnsOf(out));
  }

  /** out += a */
  add(out: Tensor, a: Tensor): void {
    this.#kernels.add(out.offset, a.offset, rowsOf(a) * columnsOf(a));
  }

  /** Layer norm of every row, without gain and bias. */
  normalise(x: Tensor, out: Tensor, epsilon: number): void {
    this.#kernels.normalise(x.offset, out.offset, rowsOf(x), columnsOf(x), epsilon);
  }

  /** out = out * gain + bias, row by row. */
  gainAndBias(out: Tensor, gain: Tensor, bias: Tensor): void {
    this.#kernels.gainAndBias(out.offset, gain.offset, bias.offset, rowsOf(out), columnsOf(out));
  }

  /** Softmax of every row over the columns up to its own position, firstQuery + row. */
  softmaxCausal(scores: Tensor, firstQuery: number): void {
    this.#kernels.softmaxCausal(scores.offset, rowsOf(scores), columnsOf(scores), firstQuery);
  }

  /** Applies the nonlinearity in place. */
  activate(x: Tensor, activation: Activation): void {
    const count = rowsOf(x) * columnsOf(x);
    if (activation === "gelu_new") this.#kernels.geluNew(x.offset, count);
    else if (activation === "gelu") this.#kernels.gelu(x.offset, count);
    else this.#kernels.relu(x.offset, count);
  }
}
