import type { Origin, Program } from "./program.ts";
import type { TensorHandle } from "./tensors.ts";
import { handlesOf } from "./visit.ts";

/**
 * The tensors that one pass writes. The pass takes handles from here for its nodes, and at the end a program
 * that has the new values and none that nothing reads any more.
 */
export class TensorDraft {
  readonly #pass: string;
  readonly #values = new Map<string, Float32Array>();

  /** @param pass name of the pass, which goes into every handle's origin */
  constructor(pass: string) {
    this.#pass = pass;
  }

  /** New values for a handle, which keeps its name and shape; `from` lists what else went into them. */
  rewrite(handle: TensorHandle, values: Float32Array, ...from: readonly TensorHandle[]): TensorHandle {
    const tensors = [handle, ...from].flatMap(({ origin }) => origin.tensors);
    return this.create(handle.name, handle.shape, values, { ...handle.origin, tensors: [...new Set(tensors)] });
  }

  /** A handle for new values. */
  create(name: string, shape: readonly number[], values: Float32Array, origin: Origin): TensorHandle {
    this.#values.set(name, values);
    return { name, shape, origin: touched(origin, this.#pass) };
  }

  /** The program with the written values in its store; the very same object where nothing changed. */
  into(program: Program): Program {
    return pruned(this.#values.size > 0 ? { ...program, tensors: program.tensors.with(this.#values) } : program);
  }
}

/** The program with one more tensor in its store, for a node that is about to name it. */
export function withTensor(program: Program, handle: TensorHandle, values: Float32Array): Program {
  return { ...program, tensors: program.tensors.with([[handle.name, values]]) };
}

/** The program without the tensors that nothing reads; the very same object where all are read. */
export function pruned(program: Program): Program {
  const read = new Set(handlesOf(program).map(({ name }) => name));
  if (program.tensors.names.every((name) => read.has(name))) return program;
  return { ...program, tensors: program.tensors.only(read) };
}

/** The origin with a pass added, once. */
export function touched(origin: Origin, pass: string): Origin {
  return origin.passes.includes(pass) ? origin : { ...origin, passes: [...origin.passes, pass] };
}
