import {
  lift,
  mapHeads,
  rewrite,
  type LookNode,
  type MlpPartNode,
  type MoveNode,
  type Program,
} from "../../src/ir/index.ts";
import type { Activation } from "../../src/runtime/index.ts";
import { randomLiftSource, seededNormal } from "../ir/random-model.ts";

const CLASSES = 3;
const RANK = 2;

/** A small program that has every kind of look, move and MLP part, with random numbers. */
export function programOfEveryKind(activation: Activation, { tied = true, knots = false } = {}): Program {
  const lifted = lift(randomLiftSource(7, { layers: 2, heads: 4, activation, tied, scaleByLayer: true }));
  const { vocabulary, width } = lifted;
  const normal = seededNormal(3);
  const origin = { tensors: [], passes: ["test"] };
  const values = new Map<string, Float32Array>();
  const handle = (name: string, shape: readonly number[]) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    values.set(
      name,
      Float32Array.from({ length: count }, () => 0.5 * normal()),
    );
    return { name, shape, origin };
  };
  const partition = (name: string, groups: number) => {
    values.set(
      name,
      Float32Array.from({ length: vocabulary }, (_, token) => token % groups),
    );
    return { name, shape: [vocabulary], origin };
  };

  const looksOf = (id: string): readonly LookNode[] => {
    const base = { shape: ["time", "time"], origin } as const;
    const kernel = [
      [0, 0.5],
      [1, -0.4],
      [3, 0.2],
    ] as const;
    return [
      { ...base, kind: "sinkLook", id: `${id}.sink`, rule: { kind: "sink", score: 0.7 } },
      { ...base, kind: "kernelLook", id: `${id}.kernel`, rule: { kind: "kernel", steps: kernel } },
      { ...base, kind: "tokenLook", id: `${id}.token`, back: 1, scores: handle(`${id}.token.scores`, [1, vocabulary]) },
      {
        ...base,
        kind: "classLook",
        id: `${id}.classes`,
        queryBack: 1,
        keyBack: 0,
        scores: handle(`${id}.classes.scores`, [CLASSES, CLASSES]),
      },
      {
        ...base,
        kind: "matchLook",
        id: `${id}.match`,
        rule: { kind: "match", keyBack: 1, scores: [0.8, 1.1] },
      },
    ];
  };
  const base = { shape: ["time", width] as const, origin };
  const classVectors = (id: string, back: number): MoveNode & MlpPartNode => ({
    ...base,
    kind: "classVectors",
    id,
    back,
    vectors: handle(`${id}.vectors`, [CLASSES, width]),
  });
  const tokenVectors = (id: string, back: number, groups?: number, first?: true): MoveNode & MlpPartNode => ({
    ...base,
    kind: "tokenVectors",
    id,
    back,
    ...(groups && { groups: partition(`${id}.groups`, groups) }),
    ...(first && { first }),
    amounts: handle(`${id}.amounts`, [(groups ?? vocabulary) + (first ? 1 : 0), RANK]),
    directions: handle(`${id}.directions`, [RANK, width]),
  });

  const heads = mapHeads(lifted, (head, { index, block }) => {
    const id = `${head.id}.moves`;
    if (index === 0) return { ...head, looks: [...head.looks, ...looksOf(head.id)] };
    if (index === 1) return { ...head, looks: looksOf(head.id), moves: classVectors(id, block) };
    if (index === 2) return { ...head, looks: block === 0 ? head.looks : [], moves: tokenVectors(id, 1, 5, true) };
    if (block === 0) return head;
    return {
      ...head,
      looks: [],
      moves: { ...base, kind: "constantMove", id, vector: handle(`${id}.vector`, [width]) },
    };
  });
  const program = rewrite(heads, {
    embed: (embed) => (knots ? { ...embed, knots: [0, 3, 15], positions: handle("embed.knots", [3, width]) } : embed),
    mlp: (mlp) => ({
      ...mlp,
      parts: [
        ...mlp.parts,
        classVectors(`${mlp.id}.classes`, 0),
        tokenVectors(`${mlp.id}.tokens`, 1, undefined, true),
        tokenVectors(`${mlp.id}.groups`, 0, 4),
        {
          ...base,
          kind: "affinePart",
          id: `${mlp.id}.affine`,
          input: handle(`${mlp.id}.affine.input`, [width, RANK]),
          output: handle(`${mlp.id}.affine.output`, [RANK, width]),
        },
      ],
    }),
    unembed: (unembed) => ({ ...unembed, bias: handle("unembed.bias", [vocabulary]) }),
  });
  return {
    ...program,
    tokenClasses: {
      kind: "tokenClasses",
      id: "vocabulary.classes",
      shape: [vocabulary],
      origin,
      classes: partition("classes", CLASSES),
      names: ["FIRST", "SECOND", "THIRD"],
    },
    tensors: program.tensors.with(values),
  };
}
