import type { BlockNode, HeadNode, MlpNode, NormNode, Program, TensorHandle } from "../ir/index.ts";
import { headKey, twoDigitKey } from "./names.ts";

/** What a tensor is to a reader: weights without a reading, a table or vector that a rule names, or an embedding. */
export type WeightRole = "opaque" | "table" | "constant" | "embedding";

/** A tensor of the emitted package and where its code finds it. */
export interface Weight {
  /** Keys below `W`. */
  readonly path: readonly string[];
  readonly handle: TensorHandle;
  readonly role: WeightRole;
}

/** Every tensor that the program reads, in model order; a tied unembedding is that of the tokens and comes once. */
export function weightsOf(program: Program): Weight[] {
  const { embed, unembed } = program;
  return [
    { path: ["embed", "tokens"], handle: embed.tokens, role: "embedding" },
    { path: ["embed", "positions"], handle: embed.positions, role: "embedding" },
    ...program.blocks.flatMap((block, index) => blockWeights(block, twoDigitKey("block", index))),
    ...normWeights(program.finalNorm, ["finalNorm"]),
    ...(isTied(program) ? [] : [embedding("tokens", unembed.tokens)]),
    ...(unembed.bias ? [embedding("bias", unembed.bias)] : []),
  ];
}

/** Whether tokens are read and predicted along the same directions. */
export function isTied({ embed, unembed }: Program): boolean {
  return embed.tokens.name === unembed.tokens.name;
}

function embedding(key: string, handle: TensorHandle): Weight {
  return { path: ["unembed", key], handle, role: "embedding" };
}

/** Keys of the parts of an MLP below its block: "constant" and "neurons", numbered from the second of a kind on. */
export function mlpPartKeys(mlp: MlpNode): string[] {
  const counts = new Map<string, number>();
  return mlp.parts.map(({ kind }) => {
    const key = kind === "constantPart" ? "constant" : "neurons";
    const before = counts.get(key) ?? 0;
    counts.set(key, before + 1);
    return before === 0 ? key : `${key}${before + 1}`;
  });
}

function blockWeights({ attention, mlp }: BlockNode, block: string): Weight[] {
  const keys = mlpPartKeys(mlp);
  return [
    ...normWeights(attention.norm, [block, "attentionNorm"]),
    ...attention.heads.flatMap((head, index) => headWeights(head, [block, headKey(index)])),
    ...constants([block, "attentionBias"], attention.bias),
    ...normWeights(mlp.norm, [block, "mlpNorm"]),
    ...mlp.parts.flatMap((part, index): Weight[] => {
      const path = [block, "mlp", keys[index] as string];
      if (part.kind === "constantPart") return constants(path, part.vector);
      const { input, bias, output } = part;
      return opaque(path, { input, bias, output });
    }),
  ];
}

function headWeights({ looks, moves }: HeadNode, path: string[]): Weight[] {
  const look = looks.find((node) => node.kind === "denseLook");
  const weights: Weight[] = [];
  if (look) {
    const { query, queryBias, key, keyBias } = look;
    weights.push(...opaque([...path, "look"], { query, queryBias, key, keyBias }));
  }
  if (moves.kind === "constantMove") {
    weights.push(...constants([...path, "constant"], moves.vector));
  } else {
    const { value, valueBias, output } = moves;
    weights.push(...opaque([...path, "move"], { value, valueBias, output }));
  }
  return weights;
}

function normWeights({ gain, bias }: NormNode, path: string[]): Weight[] {
  return opaque(path, { gain, bias });
}

function opaque(path: string[], handles: Readonly<Record<string, TensorHandle | undefined>>): Weight[] {
  return Object.entries(handles).flatMap(([key, handle]): Weight[] =>
    handle ? [{ path: [...path, key], handle, role: "opaque" }] : [],
  );
}

function constants(path: string[], handle: TensorHandle | undefined): Weight[] {
  return handle ? [{ path, handle, role: "constant" }] : [];
}
