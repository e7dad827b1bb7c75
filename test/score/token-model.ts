import { readFileSync } from "node:fs";
import { instantiate } from "../../src/engine/instantiate.ts";
import type { ExtractedModel } from "../../src/extract/index.ts";
import { lift, type MlpPartNode, type Origin, type Program, type TensorHandle } from "../../src/ir/index.ts";
import { createMachine, read, startReading, type Observer, type Tensor } from "../../src/runtime/index.ts";
import { randomModel } from "./planted.ts";

const WIDTH = 48;
const MADE_UP: Origin = { tensors: [], passes: ["test"] };

/** One-hot rows: a table of all tokens, each of which has a direction of its own. */
export const oneHot = (size: number): Float32Array =>
  Float32Array.from({ length: size * size }, (_, index) => (index % (size + 1) === 0 ? 1 : 0));

/**
 * A model that is rules through and through: positions are nothing, block 0's heads write nothing, its MLP and what block
 * 1's heads move hang on the token alone, those heads attend evenly, and block 1's MLP is silent. With positions, block 0's
 * MLP hangs on the position as well.
 */
export function tokenModel({ hasPositions = false } = {}): ExtractedModel {
  const model = randomModel(5, { width: WIDTH, inner: 48 });
  const tensors = new Map(model.tensors);
  const silence = (name: string, isSilent: (column: number) => boolean = () => true): void => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`The model has no ${name}.`);
    const columns = tensor.shape.at(-1) ?? 1;
    tensors.set(name, {
      ...tensor,
      values: tensor.values.map((value, index) => (isSilent(index % columns) ? 0 : value)),
    });
  };
  if (!hasPositions) silence("wpe.weight");
  for (const end of ["weight", "bias"]) {
    silence(`h.0.attn.c_proj.${end}`);
    silence(`h.1.mlp.c_proj.${end}`);
    for (const layer of [0, 1]) silence(`h.${layer}.attn.c_attn.${end}`, (column) => column < 2 * WIDTH);
  }
  return { ...model, tensors };
}

type Tell = (output: Tensor) => void;

/** What is written in a text of one token, for every token, on the average of some positions: (vocabulary, width). */
function writtenByToken(
  program: Program,
  positions: readonly number[],
  observer: (tell: Tell) => Observer,
): Float32Array {
  const machine = createMachine(readFileSync(new URL("../../dist/kernels.wasm", import.meta.url)));
  const model = instantiate(machine, program);
  const table = new Float32Array(program.vocabulary * program.width);
  for (let token = 0; token < program.vocabulary; token++) {
    for (const position of positions) {
      const tell: Tell = (output) =>
        machine.values(output).forEach((value, column) => {
          const index = token * program.width + column;
          table[index] = (table[index] as number) + value / positions.length;
        });
      machine.scope(() => read(machine, model, startReading(machine, model, 1, position), [token], observer(tell)));
    }
  }
  return table;
}

/** What an MLP writes in a text of one token. */
export function mlpByToken(program: Program, block: number, positions: readonly number[] = [0]): Float32Array {
  return writtenByToken(program, positions, (tell) => ({
    mlpOutput: (index, output) => {
      if (index === block) tell(output);
    },
  }));
}

/** What a head writes in a text of one token. */
export function headByToken(program: Program, block: number, head: number): Float32Array {
  return writtenByToken(program, [0], (tell) => ({
    headOutput: (index, own, output) => {
      if (index === block && own === head) tell(output);
    },
  }));
}

/** Changes to a program with new tensors. */
export class Rewriting {
  readonly #values: [string, Float32Array][] = [];
  #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  get program(): Program {
    return { ...this.#program, tensors: this.#program.tensors.with(this.#values) };
  }

  handle(name: string, shape: readonly number[], values: Float32Array): TensorHandle {
    this.#values.push([name, values]);
    return { name, shape: [...shape], origin: MADE_UP };
  }

  /** A table (rows, width) as what a head moves, in place of its weights; it attends evenly. */
  headMoves(
    block: number,
    head: number,
    amounts: Float32Array,
    directions: Float32Array,
    groups?: readonly number[],
  ): this {
    return this.#changeHead(block, head, {
      looks: [],
      moves: {
        ...this.#base(`block0${block}.head0${head}.moves`),
        ...this.#table(`h${block}.${head}`, amounts, directions, groups),
      },
    });
  }

  /** Scores of a class table in place of a head's weights; every token is a class of its own. */
  headLooks(block: number, head: number, scores: Float32Array): this {
    const { vocabulary } = this.#program;
    const classes = this.handle(
      "classes",
      [vocabulary],
      Float32Array.from({ length: vocabulary }, (_, token) => token),
    );
    this.#program = {
      ...this.#program,
      tokenClasses: { ...this.#base("tokenClasses"), kind: "tokenClasses", classes, names: [] },
    };
    const table = this.handle(`h${block}.${head}.scores`, [vocabulary, vocabulary], scores);
    const look = {
      ...this.#base(`block0${block}.head0${head}.classes`),
      kind: "classLook" as const,
      queryBack: 0,
      keyBack: 0,
      scores: table,
    };
    return this.#changeHead(block, head, { looks: [look] });
  }

  /** Tables in place of an MLP's neurons. */
  mlpTable(block: number, amounts: Float32Array, directions: Float32Array): this {
    const part: MlpPartNode = {
      ...this.#base(`block0${block}.mlp.table`),
      ...this.#table(`m${block}`, amounts, directions),
    };
    return this.#mlp(block, () => [part]);
  }

  /** Nothing but its bias in place of an MLP's neurons. */
  mlpConstant(block: number): this {
    return this.#mlp(block, (parts) => parts.filter(({ kind }) => kind === "constantPart"));
  }

  #table(name: string, amounts: Float32Array, directions: Float32Array, groups?: readonly number[]) {
    const { vocabulary, width } = this.#program;
    const rank = directions.length / width;
    return {
      kind: "tokenVectors" as const,
      back: 0,
      ...(groups && { groups: this.handle(`${name}.groups`, [vocabulary], Float32Array.from(groups)) }),
      amounts: this.handle(`${name}.amounts`, [amounts.length / rank, rank], amounts),
      directions: this.handle(`${name}.directions`, [rank, width], directions),
    };
  }

  #base(id: string) {
    return { id, shape: ["time" as const, this.#program.width], origin: MADE_UP };
  }

  #changeHead(block: number, head: number, change: object): this {
    const { blocks } = this.#program;
    const own = blocks[block];
    if (!own) throw new Error(`There is no block ${block}.`);
    const heads = own.attention.heads.map((node, index) => (index === head ? { ...node, ...change } : node));
    this.#program = {
      ...this.#program,
      blocks: blocks.with(block, { ...own, attention: { ...own.attention, heads } }),
    };
    return this;
  }

  #mlp(block: number, change: (parts: readonly MlpPartNode[]) => readonly MlpPartNode[]): this {
    const { blocks } = this.#program;
    const own = blocks[block];
    if (!own) throw new Error(`There is no block ${block}.`);
    const mlp = { ...own.mlp, parts: change(own.mlp.parts) };
    this.#program = { ...this.#program, blocks: blocks.with(block, { ...own, mlp }) };
    return this;
  }
}

/** A table of `program`'s own size whose rows are these outputs, one direction a token. */
export function asTable(
  program: Program,
  outputs: Float32Array,
): readonly [amounts: Float32Array, directions: Float32Array] {
  return [oneHot(program.vocabulary), outputs];
}

/** The model and the program that says it in rules. */
export function inRules(model = tokenModel()): { readonly original: Program; readonly rules: Program } {
  const original = lift(model);
  const rewriting = new Rewriting(original)
    .mlpTable(0, ...asTable(original, mlpByToken(original, 0)))
    .headMoves(1, 0, ...asTable(original, headByToken(original, 1, 0)))
    .headMoves(1, 1, ...asTable(original, headByToken(original, 1, 1)))
    .headMoves(0, 0, ...asTable(original, headByToken(original, 0, 0)))
    .headMoves(0, 1, ...asTable(original, headByToken(original, 0, 1)))
    .mlpConstant(1);
  return { original, rules: rewriting.program };
}
