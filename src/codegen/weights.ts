import {
  tensorsOf,
  type BlockNode,
  type HeadNode,
  type LookNode,
  type MlpNode,
  type MlpPartNode,
  type MoveNode,
  type NormNode,
  type Program,
  type TensorHandle,
} from "../ir/index.ts";
import { headKey, ruleKey, twoDigitKey } from "./names.ts";

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
    { path: ["embed", embed.knots ? "positionKnots" : "positions"], handle: embed.positions, role: "embedding" },
    ...(program.tokenClasses ? table(["tokenClasses"], program.tokenClasses.classes) : []),
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

const PART_KEYS: Readonly<Record<MlpPartNode["kind"], string>> = {
  constantPart: "constant",
  affinePart: "affine",
  classVectors: "classVectors",
  tokenVectors: "tokenVectors",
  rulePart: "rule",
  densePart: "neurons",
};

/** Keys of the parts of an MLP below its block: what they are, numbered from the second of a kind on. */
export function mlpPartKeys(mlp: MlpNode): string[] {
  return numberedKeys(mlp.parts.map((part) => (part.kind === "rulePart" ? ruleKey(part) : PART_KEYS[part.kind])));
}

/** Keys of a head's looks below it: what they are, numbered from the second of a kind on. */
export function lookKeys(looks: readonly LookNode[]): string[] {
  return numberedKeys(looks.map(({ kind }) => LOOK_KEYS[kind]));
}

const LOOK_KEYS: Readonly<Record<LookNode["kind"], string>> = {
  denseLook: "look",
  sinkLook: "sink",
  kernelLook: "kernel",
  tokenLook: "tokenScores",
  classLook: "classScores",
  matchLook: "match",
};

function numberedKeys(keys: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return keys.map((key) => {
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
      switch (part.kind) {
        case "constantPart":
          return constants(path, part.vector);
        case "affinePart":
          return opaque(path, { input: part.input, output: part.output });
        case "rulePart":
          return constants(path, part.writes);
        case "densePart":
          return opaque(path, { input: part.input, bias: part.bias, output: part.output });
        default:
          return tokenWrites(part, path);
      }
    }),
  ];
}

function headWeights({ looks, moves }: HeadNode, path: string[]): Weight[] {
  const keys = lookKeys(looks);
  return [
    ...looks.flatMap((look, index) => lookWeights(look, [...path, keys[index] as string])),
    ...moveWeights(moves, path),
  ];
}

function lookWeights(look: LookNode, path: string[]): Weight[] {
  switch (look.kind) {
    case "denseLook":
      return opaque(path, { query: look.query, queryBias: look.queryBias, key: look.key, keyBias: look.keyBias });
    case "tokenLook":
    case "classLook":
      return table(path, look.scores);
    default:
      return [];
  }
}

function moveWeights(moves: MoveNode, path: string[]): Weight[] {
  switch (moves.kind) {
    case "constantMove":
      return constants([...path, "constant"], moves.vector);
    case "denseMove":
      return opaque([...path, "move"], { value: moves.value, valueBias: moves.valueBias, output: moves.output });
    default:
      return tokenWrites(moves, [...path, moves.kind]);
  }
}

function tokenWrites(node: Extract<MoveNode & MlpPartNode, { readonly back: number }>, path: string[]): Weight[] {
  if (node.kind === "classVectors") return table(path, node.vectors);
  return tensorsOf(node).flatMap(([role, handle]) => table([...path, role], handle));
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

function table(path: string[], handle: TensorHandle): Weight[] {
  return [{ path, handle, role: "table" }];
}
