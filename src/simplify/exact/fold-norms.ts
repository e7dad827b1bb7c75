import {
  nodesOf,
  rewrite,
  TensorDraft,
  touched,
  without,
  type LookNode,
  type MlpPartNode,
  type MoveNode,
  type NormNode,
  type Program,
  type TensorHandle,
  type UnembedNode,
} from "../../ir/index.ts";
import { counted, fewerNumbers, type ExactPass } from "./pass.ts";

const NAME = "fold-norms";

/**
 * Folds gain and bias of every layer norm into the matrices that read it: (n g + b) W + c = n (g W) + (b W + c).
 * The final norm keeps its own where the head is tied, because folding would make a second token matrix.
 */
export const foldNorms: ExactPass = {
  name: NAME,
  apply(program) {
    const fold = new Folding(program);
    const folded = rewrite(program, {
      attention: (node) =>
        ifGained(node.norm, node, (norm) => ({
          ...node,
          norm: withoutGain(node.norm),
          heads: node.heads.map((head) => ({
            ...head,
            looks: head.looks.map((look) => fold.look(look, norm)),
            moves: fold.moves(head.moves, norm),
          })),
        })),
      mlp: (node) =>
        ifGained(node.norm, node, (norm) => ({
          ...node,
          norm: withoutGain(node.norm),
          parts: node.parts.map((part) => fold.part(part, norm)),
        })),
    });
    const final = gainOf(program.finalNorm);
    if (!final || program.unembed.tokens.name === program.embed.tokens.name) return fold.draft.into(folded);
    const unembed = fold.unembed(folded.unembed, final);
    return fold.draft.into({ ...folded, finalNorm: withoutGain(folded.finalNorm), unembed });
  },
  removed(before, after) {
    const count = gainedNorms(before) - gainedNorms(after);
    const done =
      count > 0
        ? `Folded gain and bias of ${counted(count, "layer norm")} into the matrices that read them, ${fewerNumbers(before, after)}`
        : "No gain or bias of a layer norm can be folded";
    return gainOf(after.finalNorm)
      ? `${done}; the final norm keeps its own, because the head is tied and folding would double the token matrix.`
      : `${done}.`;
  },
};

/** A norm's gain and bias, both present. */
interface Gain {
  readonly gain: TensorHandle;
  readonly bias: TensorHandle;
}

function gainOf({ gain, bias }: NormNode): Gain | undefined {
  return gain && bias && { gain, bias };
}

function ifGained<Node>(norm: NormNode, node: Node, change: (gain: Gain) => Node): Node {
  const gain = gainOf(norm);
  return gain ? change(gain) : node;
}

function withoutGain(norm: NormNode): NormNode {
  return { ...without(norm, "gain", "bias"), origin: touched(norm.origin, NAME) };
}

const gainedNorms = (program: Program): number =>
  nodesOf(program).filter((node) => node.kind === "norm" && gainOf(node)).length;

class Folding {
  readonly draft = new TensorDraft(NAME);
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  look(node: LookNode, norm: Gain): LookNode {
    if (node.kind !== "denseLook") return node;
    return {
      ...node,
      origin: touched(node.origin, NAME),
      query: this.#scaled(node.query, norm),
      queryBias: this.#shifted(node.query, norm, node.queryBias.name, node.queryBias),
      key: this.#scaled(node.key, norm),
      keyBias: this.#shifted(node.key, norm, siblingName(node.key, "keyBias"), node.keyBias),
    };
  }

  moves(node: MoveNode, norm: Gain): MoveNode {
    if (node.kind !== "denseMove") return node;
    return {
      ...node,
      origin: touched(node.origin, NAME),
      value: this.#scaled(node.value, norm),
      valueBias: this.#shifted(node.value, norm, siblingName(node.value, "valueBias"), node.valueBias),
    };
  }

  part(node: MlpPartNode, norm: Gain): MlpPartNode {
    if (node.kind !== "densePart") return node;
    return {
      ...node,
      origin: touched(node.origin, NAME),
      input: this.#scaled(node.input, norm),
      bias: this.#shifted(node.input, norm, node.bias.name, node.bias),
    };
  }

  /** The token directions are rows, so that the gain goes along each row. */
  unembed(node: UnembedNode, norm: Gain): UnembedNode {
    const { vocabulary, width, tensors } = this.#program;
    const directions = tensors.get(node.tokens);
    const gain = tensors.get(norm.gain);
    const shift = tensors.get(norm.bias);
    const before = node.bias && tensors.get(node.bias);
    const bias = Float32Array.from({ length: vocabulary }, (_, token) => {
      let sum = before?.[token] ?? 0;
      for (let column = 0; column < width; column++) {
        sum += (shift[column] as number) * (directions[token * width + column] as number);
      }
      return sum;
    });
    const scaled = directions.map((value, index) => value * (gain[index % width] as number));
    const tokens = this.draft.rewrite(node.tokens, scaled, norm.gain);
    const origin = touched(node.origin, NAME);
    if (bias.every((value) => value === 0)) return { ...node, origin, tokens };
    return { ...node, origin, tokens, bias: this.#bias("unembed.bias", bias, node.tokens, norm, node.bias) };
  }

  /** g W: every row of W (inputs, outputs) times its input's gain. */
  #scaled(weights: TensorHandle, norm: Gain): TensorHandle {
    const columns = weights.shape[1] as number;
    const gain = this.#program.tensors.get(norm.gain);
    const values = this.#program.tensors
      .get(weights)
      .map((value, index) => value * (gain[Math.floor(index / columns)] as number));
    return this.draft.rewrite(weights, values, norm.gain);
  }

  /** b W + c */
  #shifted(weights: TensorHandle, norm: Gain, name: string, before: TensorHandle | undefined): TensorHandle {
    const { tensors } = this.#program;
    const [rows, columns] = weights.shape as [number, number];
    const matrix = tensors.get(weights);
    const shift = tensors.get(norm.bias);
    const sums = Float64Array.from(before ? tensors.get(before) : new Float64Array(columns));
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        sums[column] = (sums[column] as number) + (shift[row] as number) * (matrix[row * columns + column] as number);
      }
    }
    return this.#bias(name, Float32Array.from(sums), weights, norm, before);
  }

  #bias(
    name: string,
    values: Float32Array,
    weights: TensorHandle,
    norm: Gain,
    before: TensorHandle | undefined,
  ): TensorHandle {
    if (before) return this.draft.rewrite(before, values, weights, norm.bias);
    const tensors = [...weights.origin.tensors, ...norm.bias.origin.tensors];
    return this.draft.create(name, [values.length], values, { ...weights.origin, tensors });
  }
}

/** "block00.head01.key" -> "block00.head01.keyBias" */
const siblingName = ({ name }: TensorHandle, last: string): string => `${name.slice(0, name.lastIndexOf("."))}.${last}`;
