import {
  blockId,
  headId,
  mlpId,
  type AttentionNode,
  type BlockNode,
  type HeadNode,
  type MlpNode,
  type NormNode,
  type Origin,
  type Program,
} from "./program.ts";
import type { LiftSource, LiftTensor } from "./source.ts";
import { SPLIT_HEADS, splitHeads, type HeadWeights, type Slice } from "./split-heads.ts";
import { TensorStore, type TensorHandle } from "./tensors.ts";

/** The pass's name in the origins of query weights. */
const FOLD_SCORE_SCALE = "fold-score-scale";

/**
 * Writes a GPT-2 as a Program that computes the same logits (Radford et al. 2019, as in Hugging Face's
 * `modeling_gpt2.py`): one node for every norm, head and MLP, the heads split, the scale of the scores folded into the
 * query weights. Throws where a tensor is missing or has another shape than the config says.
 */
export function lift(source: LiftSource): Program {
  return new Lifting(source).program();
}

class Lifting {
  readonly #source: LiftSource;
  readonly #values = new Map<string, Float32Array>();

  constructor(source: LiftSource) {
    this.#source = source;
  }

  program(): Program {
    const { layers, width, vocabulary, context, tied } = this.#source.config;
    const shape = ["time", vocabulary] as const;
    const tokens = this.#whole("tokens", "wte.weight", [vocabulary, width]);
    const positions = this.#whole("positions", "wpe.weight", [context, width]);
    const blocks = Array.from({ length: layers }, (_, layer) => this.#block(layer));
    const finalNorm = this.#norm("finalNorm", "ln_f");
    const unembedTokens = tied ? tokens : this.#whole("unembed.tokens", "lm_head.weight", [vocabulary, width]);
    return {
      kind: "program",
      id: "program",
      shape,
      origin: from(this.#source.tensors.keys()),
      context,
      vocabulary,
      width,
      embed: { kind: "embed", id: "embed", shape: ["time", width], origin: of(tokens, positions), tokens, positions },
      blocks,
      finalNorm,
      unembed: { kind: "unembed", id: "unembed", shape, origin: of(unembedTokens), tokens: unembedTokens },
      tokenSets: [],
      tensors: new TensorStore(this.#values),
    };
  }

  #block(layer: number): BlockNode {
    const id = blockId(layer);
    const attention = this.#attention(layer);
    const mlp = this.#mlp(layer);
    return { kind: "block", id, shape: attention.shape, origin: joined(attention, mlp), attention, mlp };
  }

  #norm(id: string, name: string): NormNode {
    const { width, epsilon } = this.#source.config;
    const gain = this.#whole(`${id}.gain`, `${name}.weight`, [width]);
    const bias = this.#whole(`${id}.bias`, `${name}.bias`, [width]);
    return { kind: "norm", id, shape: ["time", width], origin: of(gain, bias), epsilon, gain, bias };
  }

  #attention(layer: number): AttentionNode {
    const { width, heads: count } = this.#source.config;
    const name = `h.${layer}.attn`;
    const id = `${blockId(layer)}.attention`;
    const norm = this.#norm(`${id}.norm`, `h.${layer}.ln_1`);
    const joint = {
      weight: this.#read(`${name}.c_attn.weight`, [width, 3 * width]),
      bias: this.#read(`${name}.c_attn.bias`, [3 * width]),
      output: this.#read(`${name}.c_proj.weight`, [width, width]),
    };
    const heads = splitHeads(joint, count).map((weights, head) => this.#head(layer, head, weights));
    const bias = this.#whole(`${id}.bias`, `${name}.c_proj.bias`, [width]);
    const origin = joined(norm, ...heads, bias);
    return { kind: "attention", id, shape: ["time", width], origin, norm, heads, bias };
  }

  #head(layer: number, head: number, weights: HeadWeights): HeadNode {
    const id = headId(layer, head);
    const joint = `h.${layer}.attn.c_attn`;
    const cut = (name: string, slice: Slice, tensor: string, scale = 1): TensorHandle => {
      const passes = scale === 1 ? [SPLIT_HEADS] : [SPLIT_HEADS, FOLD_SCORE_SCALE];
      const values = scale === 1 ? slice.values : slice.values.map((value) => value * scale);
      return this.#add(`${id}.${name}`, slice.shape, values, { tensors: [tensor], slice: slice.slice, passes });
    };
    const scale = this.#scoreScale(layer);
    const query = cut("query", weights.query, `${joint}.weight`, scale);
    const queryBias = cut("queryBias", weights.queryBias, `${joint}.bias`, scale);
    const key = cut("key", weights.key, `${joint}.weight`);
    const keyBias = cut("keyBias", weights.keyBias, `${joint}.bias`);
    const value = cut("value", weights.value, `${joint}.weight`);
    const valueBias = cut("valueBias", weights.valueBias, `${joint}.bias`);
    const output = cut("output", weights.output, `h.${layer}.attn.c_proj.weight`);
    const { width, heads } = this.#source.config;
    const shape = ["time", width] as const;
    const slice = `head ${head} of ${heads}`;
    const look = {
      ...({ kind: "denseLook", id: `${id}.look`, shape: ["time", "time"] } as const),
      origin: { ...of(query, queryBias, key, keyBias), slice },
      ...{ query, queryBias, key, keyBias },
    };
    const moves = {
      ...({ kind: "denseMove", id: `${id}.moves`, shape } as const),
      origin: { ...of(value, valueBias, output), slice },
      ...{ value, valueBias, output },
    };
    return { kind: "head", id, shape, origin: { ...joined(look, moves), slice }, looks: [look], moves };
  }

  /** What scores are multiplied with; Hugging Face divides by the head width's root and by one plus the layer. */
  #scoreScale(layer: number): number {
    const { width, heads, scaleByHeadWidth, scaleByLayer } = this.#source.config;
    return (scaleByHeadWidth ? 1 / Math.sqrt(width / heads) : 1) / (scaleByLayer ? layer + 1 : 1);
  }

  #mlp(layer: number): MlpNode {
    const { width, inner, activation } = this.#source.config;
    const name = `h.${layer}.mlp`;
    const id = mlpId(layer);
    const shape = ["time", width] as const;
    const norm = this.#norm(`${id}.norm`, `h.${layer}.ln_2`);
    const vector = this.#whole(`${id}.bias`, `${name}.c_proj.bias`, [width]);
    const input = this.#whole(`${id}.input`, `${name}.c_fc.weight`, [width, inner]);
    const bias = this.#whole(`${id}.inputBias`, `${name}.c_fc.bias`, [inner]);
    const output = this.#whole(`${id}.output`, `${name}.c_proj.weight`, [inner, width]);
    const constant = { kind: "constantPart", id: `${id}.constant`, shape, origin: of(vector), vector } as const;
    const dense = {
      ...({ kind: "densePart", id: `${id}.dense`, shape } as const),
      origin: of(input, bias, output),
      ...{ input, bias, output, activation },
      neurons: Array.from({ length: inner }, (_, neuron) => neuron),
    };
    return { kind: "mlp", id, shape, origin: joined(norm, constant, dense), norm, parts: [constant, dense] };
  }

  /** A handle for all of one of the model's tensors. */
  #whole(name: string, tensor: string, shape: readonly number[]): TensorHandle {
    return this.#add(name, shape, this.#read(tensor, shape).values, { tensors: [tensor], passes: [] });
  }

  #add(name: string, shape: readonly number[], values: Float32Array, origin: Origin): TensorHandle {
    this.#values.set(name, values);
    return { name, shape, origin };
  }

  #read(name: string, shape: readonly number[]): LiftTensor {
    const tensor = this.#source.tensors.get(name);
    if (!tensor) throw new Error(`The model has no tensor named ${name}.`);
    if (tensor.shape.join() !== shape.join()) {
      throw new Error(`${name} has shape (${tensor.shape.join(", ")}) where (${shape.join(", ")}) is needed.`);
    }
    return tensor;
  }
}

const from = (tensors: Iterable<string>): Origin => ({ tensors: [...new Set(tensors)], passes: [] });

/** The origin of a node that reads these tensors. */
const of = (...handles: readonly TensorHandle[]): Origin => joined(...handles);

/** What all of these come from, and the passes that made any of them. */
function joined(...parts: readonly { readonly origin: Origin }[]): Origin {
  const { tensors } = from(parts.flatMap(({ origin }) => origin.tensors));
  return { tensors, passes: [...new Set(parts.flatMap(({ origin }) => origin.passes))] };
}
