import { TensorStore, type Program } from "../ir/index.ts";

/** A Program as it goes to worker threads: a plain tree, and values in memory that all threads share. */
export interface SharedProgram {
  /** Equal for equal Programs of one engine. */
  readonly key: number;
  readonly tree: Omit<Program, "tensors">;
  readonly tensors: readonly (readonly [name: string, values: Float32Array])[];
}

/** Prepares Programs for worker threads; a tensor is copied once, and not at all where threads can share it as it is. */
export class ProgramSharing {
  readonly #programs = new WeakMap<Program, SharedProgram>();
  readonly #values = new WeakMap<Float32Array, Float32Array>();
  #count = 0;

  /** The same object for the same Program. */
  share(program: Program): SharedProgram {
    const known = this.#programs.get(program);
    if (known) return known;
    const shared: SharedProgram = {
      key: this.#count++,
      tree: withoutExpansion(program),
      tensors: program.tensors.names.map((name) => [name, this.#shareValues(program.tensors.get({ name }))] as const),
    };
    this.#programs.set(program, shared);
    return shared;
  }

  #shareValues(values: Float32Array): Float32Array {
    if (values.buffer instanceof SharedArrayBuffer) return values;
    const known = this.#values.get(values);
    if (known) return known;
    const shared = new Float32Array(new SharedArrayBuffer(values.byteLength));
    shared.set(values);
    this.#values.set(values, shared);
    return shared;
  }
}

/** The Program on a worker's side. */
export function receiveProgram({ tree, tensors }: SharedProgram): Program {
  return {
    ...tree,
    tensors: new TensorStore(new Map(tensors)),
  };
}

/** The tree less what no thread computes with: the written-out paths, which grow with the square of the depth. */
function withoutExpansion({ tensors: _tensors, ...program }: Program): Omit<Program, "tensors"> {
  return {
    ...program,
    tokenSets: [],
    blocks: program.blocks.map((block) => ({
      ...block,
      attention: {
        ...block.attention,
        heads: block.attention.heads.map((head) => ({
          ...head,
          looks: head.looks.map((look) => (look.kind === "denseLook" ? without(look, "paths") : look)),
          moves: head.moves.kind === "denseMove" ? without(head.moves, "reads") : head.moves,
        })),
      },
    })),
  };
}

function without<Node extends object, Key extends keyof Node>(node: Node, key: Key): Omit<Node, Key> {
  const { [key]: _left, ...rest } = node;
  return rest;
}
