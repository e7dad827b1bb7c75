import { TensorStore, type Program } from "../ir/index.ts";

/** A Program as it goes to worker threads: a plain tree, and values in memory that all threads share. */
export interface SharedProgram {
  /** Equal for equal Programs of one engine. */
  readonly key: number;
  readonly tree: Omit<Program, "tensors">;
  readonly tensors: readonly (readonly [name: string, values: SharedArrayBuffer])[];
}

/** Prepares Programs for worker threads; a tensor that several Programs have in common is copied once. */
export class ProgramSharing {
  readonly #programs = new WeakMap<Program, SharedProgram>();
  readonly #values = new WeakMap<Float32Array, SharedArrayBuffer>();
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

  #shareValues(values: Float32Array): SharedArrayBuffer {
    const known = this.#values.get(values);
    if (known) return known;
    const shared = new SharedArrayBuffer(values.byteLength);
    new Float32Array(shared).set(values);
    this.#values.set(values, shared);
    return shared;
  }
}

/** The Program on a worker's side. */
export function receiveProgram({ tree, tensors }: SharedProgram): Program {
  return {
    ...tree,
    tensors: new TensorStore(new Map(tensors.map(([name, values]) => [name, new Float32Array(values)]))),
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
