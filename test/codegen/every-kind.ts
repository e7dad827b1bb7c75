import type { EmitInput } from "../../src/codegen/index.ts";
import {
  lift,
  mapHeads,
  mapParts,
  rewrite,
  TensorDraft,
  verify,
  type DensePartNode,
  type HeadNode,
  type LookNode,
  type MlpPartNode,
  type MoveNode,
  type Program,
  type TensorHandle,
} from "../../src/ir/index.ts";
import { followsMatch, kernel, sameToken, sink } from "../../src/runtime/index.ts";
import { canonicalise, numbered, type LedgerEntry } from "../../src/simplify/index.ts";
import { randomLiftSource, seededNormal } from "../ir/random-model.ts";
import { syntheticProfile } from "./synthetic-profile.ts";

/** Classes of words, by name. */
export const CLASSES: readonly (readonly [name: string, words: string])[] = [
  ["ARTICLES", "the a an this that"],
  ["PREPOSITIONS", "of in to with from by"],
  ["NOUNS", "man woman house ship sea king word day night year child hand head world door"],
  ["VERBS", "is was said went saw had came made took knew"],
  ["STOPS", ". , ; ! ? */"],
  ["LIKE_MR", "Mr Mrs Dr Captain"],
];
const WORDS = CLASSES.flatMap(([, words]) => words.split(" "));
const CLASS_OF = CLASSES.flatMap(([, words], index) => words.split(" ").map(() => index));

const origin = { tensors: [], passes: ["test"] };
const WIDTH = 16;
const KNOTS = [0, 2, 5, 12, 31];

/** What is needed to emit a program with a part of every kind, and the ledger of how it came to be. */
export function everyKindInput(seed: number): EmitInput {
  const lifted = lift(
    randomLiftSource(seed, { layers: 3, heads: 4, width: WIDTH, inner: 14, context: 32, vocabulary: WORDS.length }),
  );
  const { program, ledger } = canonicalise(lifted, WORDS);
  return {
    model: { id: "planted", sha256: "cd".repeat(32), parameters: 14_000 },
    program: everyKind(program, seed),
    tokenizer: { kind: "words", words: WORDS },
    profile: syntheticProfile(program, seed),
    ledger: numbered([...ledger, ...LEDGER]),
    decision: "argmax",
  };
}

const accepted = (site: string, pass: string, predictedKl: number, explained?: number): Omit<LedgerEntry, "step"> => ({
  action: "accepted",
  pass,
  site,
  reason: "it pays",
  predictedKl,
  measuredKl: 0.0091,
  ...(explained !== undefined && { explained }),
});

const LEDGER: readonly Omit<LedgerEntry, "step">[] = [
  accepted("block00.head00", "token-rules", 0.0011, 0.83),
  accepted("block00.head01", "class-rules", 0.0007, 0.71),
  accepted("block00.head02", "class-rules", 0.0004),
  accepted("block00.head03", "match-rules", 0.0002, 0.92),
  accepted("block01.head00", "match-rules", 0.0031, 0.64),
  accepted("block01.head01", "class-rules", 0.00021, 0.99),
  accepted("block01.head02", "low-rank-heads", 0.00011),
  accepted("block01.head03", "constant-heads", 0.00013),
  accepted("block00.mlp.neuron0000", "constant-neurons", 0.00001),
  accepted("block00.mlp.neuron0003", "constant-neurons", 0.00002),
  accepted("block00.mlp.neuron0004", "affine-neurons", 0.00003, 0.81),
  accepted("block00.mlp.neuron0005", "affine-neurons", 0.00003, 0.67),
  accepted("block00.mlp.neuron0006", "affine-neurons", 0.00003, 0.85),
  accepted("block00.mlp.neuron0007", "token-table-neurons", 0.00004, 0.95),
  accepted("block00.mlp.neuron0008", "token-table-neurons", 0.00004, 0.97),
  accepted("block00.mlp.neuron0009", "class-neurons", 0.00005, 0.61),
  accepted("block01.mlp", "token-table-neurons", 0.004, 0.58),
  {
    action: "refit",
    pass: "ridge",
    site: "model",
    reason: "Fitted 4,096 numbers again, which brought the KL from 0.0091 to 0.0062 nats.",
    measuredKl: 0.0062,
  },
];

/** Swaps nodes of every kind into the first two blocks, and positions between knots into the embedding. */
function everyKind(program: Program, seed: number): Program {
  const normal = seededNormal(seed + 1);
  const draft = new TensorDraft("test");
  const drawn = (name: string, ...shape: number[]): TensorHandle => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return draft.create(name, shape, Float32Array.from({ length: count }, normal), origin);
  };
  const classes = CLASSES.length;
  const look = { shape: ["time", "time"] as const, origin };
  const write = { shape: ["time", WIDTH] as const, origin };
  const looks = (id: string): Readonly<Record<string, LookNode>> => ({
    sink: { ...look, id: `${id}.sink`, kind: "sinkLook", rule: sink(0.4) },
    kernel: {
      ...look,
      id: `${id}.kernel`,
      kind: "kernelLook",
      rule: kernel([
        [0, 0.25],
        [1, 6.5],
        [4, 0.5],
        [5, -0.75],
      ]),
    },
    tokens: { ...look, id: `${id}.tokens`, kind: "tokenLook", back: 0, scores: drawn(`${id}.tokens`, 1, WORDS.length) },
    earlier: {
      ...look,
      id: `${id}.earlier`,
      kind: "tokenLook",
      back: 1,
      scores: drawn(`${id}.earlier`, 1, WORDS.length),
    },
    classes: classLook(`${id}.classes`, 0, 0),
    earlierClasses: classLook(`${id}.earlierClasses`, 1, 1),
    same: { ...look, id: `${id}.match`, kind: "matchLook", rule: sameToken([2.5]) },
    follows: { ...look, id: `${id}.match`, kind: "matchLook", rule: followsMatch([4.5, 6, 7.25]) },
  });
  function classLook(id: string, queryBack: number, keyBack: number): LookNode {
    return { ...look, id, kind: "classLook", queryBack, keyBack, scores: drawn(id, classes, classes) };
  }
  const classVectors = (id: string, back: number): MlpPartNode & MoveNode => ({
    ...write,
    id,
    kind: "classVectors",
    back,
    vectors: drawn(id, classes, WIDTH),
  });
  const tokenVectors = (id: string, back: number, rank: number): MlpPartNode & MoveNode => ({
    ...write,
    id,
    kind: "tokenVectors",
    back,
    amounts: drawn(`${id}.amounts`, WORDS.length, rank),
    directions: drawn(`${id}.directions`, rank, WIDTH),
  });
  /** Two words a group, in the order of the vocabulary. */
  const groupVectors = (id: string, back: number, rank: number): MlpPartNode & MoveNode => ({
    ...tokenVectors(id, back, rank),
    kind: "tokenVectors",
    first: true,
    groups: draft.create(
      `${id}.groups`,
      [WORDS.length],
      Float32Array.from(WORDS, (_, word) => Math.floor(word / 2)),
      origin,
    ),
    amounts: drawn(`${id}.groupAmounts`, Math.ceil(WORDS.length / 2) + 1, rank),
    directions: drawn(`${id}.groupDirections`, rank, WIDTH),
  });
  const narrow = (node: HeadNode, queries: number, values: number): Pick<HeadNode, "looks" | "moves"> => ({
    looks: [
      {
        ...look,
        id: `${node.id}.look`,
        kind: "denseLook",
        query: drawn(`${node.id}.query`, WIDTH, queries),
        queryBias: drawn(`${node.id}.queryBias`, queries),
        key: drawn(`${node.id}.key`, WIDTH, queries),
      },
    ],
    moves: narrowMove(node.id, values),
  });
  function narrowMove(id: string, values: number): MoveNode {
    return {
      ...write,
      id: `${id}.moves`,
      kind: "denseMove",
      value: drawn(`${id}.value`, WIDTH, values),
      output: drawn(`${id}.output`, values, WIDTH),
    };
  }
  const pick = (id: string, ...names: string[]): LookNode[] => {
    const all = looks(id);
    return names.flatMap((name) => all[name] ?? []);
  };
  const changes: Readonly<Record<string, (node: HeadNode) => Partial<HeadNode>>> = {
    "block00.head00": ({ id }) => ({
      looks: pick(id, "sink", "kernel", "tokens"),
      moves: tokenVectors(`${id}.moves`, 0, 3),
    }),
    "block00.head01": ({ id }) => ({ looks: pick(id, "sink", "tokens", "classes"), moves: narrowMove(id, 2) }),
    "block00.head02": ({ id }) => ({
      looks: pick(id, "earlier", "earlierClasses", "classes"),
      moves: classVectors(`${id}.moves`, 0),
    }),
    "block00.head03": ({ id }) => ({ looks: pick(id, "same", "sink") }),
    "block01.head00": ({ id }) => ({ looks: pick(id, "sink", "follows"), moves: groupVectors(`${id}.moves`, 0, 2) }),
    "block01.head01": (node) => {
      const { looks: dense, moves } = narrow(node, 2, 3);
      return { looks: [...dense, ...pick(node.id, "classes")], moves };
    },
    "block01.head02": (node) => narrow(node, 1, 3),
    "block01.head03": ({ id }) => ({
      looks: [],
      moves: { ...write, id: `${id}.moves`, kind: "constantMove", vector: drawn(`${id}.mean`, WIDTH) },
    }),
  };
  const heads = mapHeads(program, (node) => ({ ...node, ...changes[node.id]?.(node) }));
  const parts = mapParts(heads, (node) => {
    if (node.id.startsWith("block00") && node.kind === "densePart") return without(node, 10, drawn);
    return node;
  });
  const mlps = rewrite(parts, {
    mlp: (node) => {
      const { id } = node;
      if (id.startsWith("block02")) return node;
      const tables = [classVectors(`${id}.previous`, 1), tokenVectors(`${id}.tokens`, 0, 2)];
      const affine: MlpPartNode = {
        ...write,
        id: `${id}.affine`,
        kind: "affinePart",
        input: drawn(`${id}.affine.input`, WIDTH, 2),
        output: drawn(`${id}.affine.output`, 2, WIDTH),
      };
      const added = id.startsWith("block00") ? [affine, classVectors(`${id}.classes`, 0), ...tables] : tables;
      const kept = node.parts.filter(({ kind }) => id.startsWith("block00") || kind === "constantPart");
      return { ...node, parts: [...kept, ...added] };
    },
  });
  const changed = draft.into({
    ...mlps,
    embed: { ...mlps.embed, knots: KNOTS, positions: drawn("embed.knots", KNOTS.length, WIDTH) },
    tokenClasses: {
      kind: "tokenClasses",
      id: "tokenClasses",
      shape: [WORDS.length],
      origin,
      classes: draft.create("tokenClasses", [WORDS.length], Float32Array.from(CLASS_OF), origin),
      names: CLASSES.map(([name]) => name),
    },
  });
  verify(changed, "everyKind");
  return changed;
}

/** The last so many neurons of a part, with new weights, so that neurons 0 and on are gone but for numbers 1 and 2. */
function without(
  node: DensePartNode,
  from: number,
  drawn: (name: string, ...shape: number[]) => TensorHandle,
): DensePartNode {
  const neurons = node.neurons.filter((neuron) => neuron >= from || neuron === 1 || neuron === 2);
  return {
    ...node,
    neurons,
    input: drawn(`${node.id}.input`, WIDTH, neurons.length),
    bias: drawn(`${node.id}.bias`, neurons.length),
    output: drawn(`${node.id}.output`, neurons.length, WIDTH),
  };
}
