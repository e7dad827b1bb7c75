import { describe, expect, it } from "vitest";
import {
  lift,
  mapHeads,
  mapParts,
  rewrite,
  sourcesBefore,
  verify,
  without,
  type DenseLookNode,
  type DensePartNode,
  type HeadNode,
  type LookNode,
  type Program,
  type TokenSetNode,
} from "../../src/ir/index.ts";
import type { Shortcut } from "../../src/runtime/index.ts";
import { canonicalise } from "../../src/simplify/exact/index.ts";
import { randomLiftSource } from "./random-model.ts";

const lifted = lift(randomLiftSource(1));
const canonical = canonicalise(
  lifted,
  Array.from({ length: 20 }, (_, id) => String(id)),
).program;

const origin = { tensors: [], passes: ["test"] };
const shape = ["time", "time"] as const;

const firstHead = (change: (node: HeadNode) => HeadNode): Program =>
  mapHeads(lifted, (node, { block, index }) => (block === 0 && index === 0 ? change(node) : node));

const firstLook = (change: (node: DenseLookNode) => LookNode): Program =>
  firstHead((node) => ({
    ...node,
    looks: node.looks.map((look) => (look.kind === "denseLook" ? change(look) : look)),
  }));

const firstNeurons = (change: (node: DensePartNode) => DensePartNode): Program =>
  mapParts(lifted, (node, { block }) => (block === 0 && node.kind === "densePart" ? change(node) : node));

const kernel = (steps: readonly (readonly [number, number])[]): Program =>
  firstLook(({ id }) => ({ kind: "kernelLook", id, shape, origin, rule: { kind: "kernel", steps } }));

const stored = (name: string, values: Float32Array): Program => ({
  ...lifted,
  tensors: lifted.tensors.with([[name, values]]),
});

const named = (...sets: readonly { name: string; size?: number }[]): Program => ({
  ...lifted,
  tokenSets: sets.map(({ name, size = 2 }, index): TokenSetNode => {
    const base = { kind: "tokenSet", id: `vocabulary.${index}`, shape: [size], origin } as const;
    return { ...base, name, description: "", pattern: "x", tokens: Array.from({ length: size }, (_, id) => id), size };
  }),
});

const shortcuts = (...rules: readonly Shortcut[]): Program => {
  const heldOut = { decided: 0, precision: 1 };
  return { ...lifted, shortcuts: { kind: "shortcuts", id: "shortcuts", shape: ["time"], origin, rules, heldOut } };
};

const swapped = <Value>([first, second, ...rest]: readonly Value[]): readonly Value[] =>
  [second, first, ...rest].filter((value) => value !== undefined);

const key = lifted.tensors.get({ name: "block00.head00.key" });

/** What is broken, the broken program, what `verify` says. */
const CASES: readonly (readonly [string, Program, string])[] = [
  ["two nodes with one id", { ...lifted, embed: { ...lifted.embed, id: "block00" } }, "block00 is the id of two nodes"],
  ["blocks out of order", { ...lifted, blocks: swapped(lifted.blocks) }, "block01 stands where block00 belongs"],
  [
    "heads out of order",
    rewrite(lifted, { attention: (node) => ({ ...node, heads: swapped(node.heads) }) }),
    "block00.head01 stands where block00.head00 belongs",
  ],
  [
    "a look with another head's id",
    firstLook((node) => ({ ...node, id: "block01.head00.other" })),
    "block01.head00.other has an id that does not begin with block00.head00",
  ],
  [
    "a node of another shape",
    { ...lifted, finalNorm: { ...lifted.finalNorm, shape: ["time", 9] } },
    "finalNorm has shape (time, 9) instead of (time, 8)",
  ],
  [
    "a tensor of another shape",
    firstLook((node) => ({ ...node, key: { ...node.key, shape: [8, 5] } })),
    "block00.head00.look reads key of shape (8, 5) instead of (8, 4)",
  ],
  [
    "a handle that names nothing",
    firstLook((node) => ({ ...node, key: { ...node.key, name: "nothing" } })),
    "block00.head00.look reads key from nothing, which is not stored",
  ],
  [
    "too few values",
    stored("block00.head00.key", key.subarray(1)),
    "block00.head00.look reads key from block00.head00.key, which has 31 values instead of 32",
  ],
  [
    "a value that is not a number",
    stored("block00.head00.key", key.with(3, NaN)),
    "block00.head00.key has the value NaN at index 3",
  ],
  [
    "an infinite value",
    stored("finalNorm.gain", lifted.tensors.get({ name: "finalNorm.gain" }).with(0, Infinity)),
    "finalNorm.gain has the value Infinity at index 0",
  ],
  [
    "a tied head with a handle of its own",
    { ...lifted, unembed: { ...lifted.unembed, tokens: { ...lifted.embed.tokens } } },
    "unembed names tokens by another handle than embed",
  ],
  [
    "a gain without a bias",
    { ...lifted, finalNorm: without(lifted.finalNorm, "bias") },
    "finalNorm has a gain but no bias",
  ],
  [
    "a bias without a gain",
    { ...lifted, finalNorm: without(lifted.finalNorm, "gain") },
    "finalNorm has a bias but no gain",
  ],
  ["a negative epsilon", { ...lifted, finalNorm: { ...lifted.finalNorm, epsilon: -1 } }, "finalNorm has epsilon -1"],
  [
    "two dense looks",
    firstHead((node) => ({
      ...node,
      looks: node.looks.flatMap((look) => [look, { ...look, id: `${node.id}.second` }]),
    })),
    "block00.head00 has 2 dense looks",
  ],
  ["a kernel without steps", kernel([]), "block00.head00.look has no steps"],
  [
    "kernel steps that do not rise",
    kernel([
      [2, 1],
      [2, 0],
    ]),
    "block00.head00.look has a step at 2 tokens back after one at 2",
  ],
  ["a kernel step between tokens", kernel([[0.5, 1]]), "block00.head00.look has a step at 0.5 tokens back"],
  ["a kernel score that is not a number", kernel([[0, NaN]]), "block00.head00.look has the score NaN at 0 tokens back"],
  [
    "an infinite sink",
    firstLook(({ id }) => ({ kind: "sinkLook", id, shape, origin, rule: { kind: "sink", score: -Infinity } })),
    "block00.head00.look has the score -Infinity",
  ],
  [
    "too few numbers for the neurons",
    firstNeurons((node) => ({ ...node, neurons: node.neurons.slice(1) })),
    "block00.mlp.dense numbers 11 neurons of 12",
  ],
  [
    "a neuron that is there twice",
    firstNeurons((node) => ({ ...node, neurons: node.neurons.with(1, 0) })),
    "block00.mlp.dense has neuron 0, which its MLP already has",
  ],
  [
    "a neuron without a number",
    firstNeurons((node) => ({ ...node, neurons: node.neurons.with(1, -2) })),
    "block00.mlp.dense has a neuron numbered -2",
  ],
  [
    "a node from nowhere",
    { ...lifted, finalNorm: { ...lifted.finalNorm, origin: { tensors: [], passes: [] } } },
    "finalNorm comes from no tensor and no pass",
  ],
  [
    "a look that reads from a later block",
    firstLook((node) => ({ ...node, paths: { query: ["token"], key: ["block01.mlp"] } })),
    "block00.head00.look reads from block01.mlp, which writes nothing before it",
  ],
  [
    "an MLP that reads from itself",
    firstNeurons((node) => ({ ...node, reads: ["block00.mlp"] })),
    "block00.mlp.dense reads from block00.mlp, which writes nothing before it",
  ],
  [
    "an unembedding that reads from nowhere",
    { ...lifted, unembed: { ...lifted.unembed, reads: ["elsewhere"] } },
    "unembed reads from elsewhere, which writes nothing before it",
  ],
  [
    "a token set without a proper name",
    named({ name: "months" }),
    "vocabulary.0 is named months, which is not an UPPER_CASE identifier",
  ],
  ["a shortcut to an unknown token", shortcuts({ after: [1], next: 20 }), "shortcuts speaks of token 20 of 20"],
  ["a shortcut without a context", shortcuts({ after: [], next: 1 }), "shortcuts reads 0 tokens at once"],
  [
    "a shortcut that reads far back",
    shortcuts({ after: [1, 2, 3, 4, 5], next: 1 }),
    "shortcuts reads 5 tokens at once",
  ],
  [
    "two shortcuts with one context",
    shortcuts({ after: [1, 2], next: 3 }, { after: [1, 2], next: 4 }),
    "shortcuts decides twice what follows the tokens 1,2",
  ],
  ["a token set without tokens", named({ name: "MONTHS", size: 0 }), "vocabulary.0 has 0 tokens of 20"],
  [
    "two token sets of one name",
    named({ name: "MONTHS" }, { name: "MONTHS" }),
    "vocabulary.1 is named MONTHS like another set",
  ],
];

describe("verify", () => {
  it("accepts lifted and canonical programs", () => {
    expect(() => verify(lifted, "lift")).not.toThrow();
    expect(() => verify(canonical, "canonicalise")).not.toThrow();
  });

  it("accepts rules in place of dense looks, and sources that have since become constant", () => {
    const at = { block: 1, before: "attention" } as const;
    const sources = sourcesBefore(lifted, at);
    const vector = { name: "finalNorm.gain", shape: [8], origin };
    expect(() =>
      verify(
        kernel([
          [0, 1],
          [3, -1],
        ]),
        "test",
      ),
    ).not.toThrow();
    const constantHead = firstHead((node) => ({
      ...node,
      looks: [],
      moves: {
        kind: "constantMove",
        id: `${node.id}.moves`,
        shape: ["time", 8],
        origin,
        vector: vector,
      },
    }));
    const reading = rewrite(constantHead, {
      moves: (node, { block }) => (block === 1 && node.kind === "denseMove" ? { ...node, reads: sources } : node),
    });
    expect(() => verify(reading, "test")).not.toThrow();
  });

  it.each(CASES)("finds %s, and names the pass", (_, program, says) => {
    expect(() => verify(program, "some-pass")).toThrow(`After some-pass, ${says}.`);
  });
});
