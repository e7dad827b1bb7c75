import type { Origin } from "./program.ts";

/** A name for values in a store. */
export interface TensorHandle {
  /** Dotted, in model order: "block03.head01.query". */
  readonly name: string;
  readonly shape: readonly number[];
  readonly origin: Origin;
}

/** Named values that never change: adding makes a new store that shares the rest. */
export class TensorStore {
  readonly #values: ReadonlyMap<string, Float32Array>;

  constructor(values: ReadonlyMap<string, Float32Array> = new Map()) {
    this.#values = values;
  }

  /** Names in the order in which they were added. */
  get names(): string[] {
    return [...this.#values.keys()];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The values, row by row; callers must not change them. Throws where the handle names nothing. */
  get(handle: Pick<TensorHandle, "name">): Float32Array {
    const values = this.#values.get(handle.name);
    if (!values) throw new Error(`No tensor is named ${handle.name}.`);
    return values;
  }

  /** A store with these values added or replaced. */
  with(entries: Iterable<readonly [name: string, values: Float32Array]>): TensorStore {
    return new TensorStore(new Map([...this.#values, ...entries]));
  }

  /** A store with only these names. */
  only(names: ReadonlySet<string>): TensorStore {
    return new TensorStore(new Map([...this.#values].filter(([name]) => names.has(name))));
  }
}
