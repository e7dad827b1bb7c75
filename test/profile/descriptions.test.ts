import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine, instantiate } from "../../src/engine/index.ts";
import { headId, lift, mapHeads, type Program } from "../../src/ir/index.ts";
import { profileProgram, type Profile } from "../../src/profile/index.ts";
import { createPlainMachine, read, startReading, type KernelLook, type SinkLook } from "../../src/runtime/index.ts";
import type { TokenDocument } from "../../src/text/index.ts";
import { randomDocuments } from "../engine/random-documents.ts";
import { randomLiftSource } from "../ir/random-model.ts";
import { withTensors } from "../ir/with-tensors.ts";

const VOCABULARY = 24;
const WIDTH = 16;
const HALF = 8;
const SAMPLING = { decision: "argmax", seed: 3 } as const;
const origin = { tensors: [], passes: [] };
const calibrate = randomDocuments(5, 300, 13, VOCABULARY);
const heldOut = randomDocuments(7000, 60, 13, VOCABULARY);

const engine = new Engine({ workers: 1 });
afterAll(() => engine.close());
const profiled = (program: Program, text = { calibrate, heldOut }): Promise<Profile> =>
  profileProgram(engine, program, text, SAMPLING);

describe("an MLP that depends on the current token alone", () => {
  let profile: Profile;
  beforeAll(async () => {
    profile = await profiled(planted("current"));
  });

  test("is described whole by a table of it, as are its neurons", () => {
    const [mlp] = profile.mlps;
    expect(mlp?.tokenTable).toMatchObject({ by: "current token", tokens: VOCABULARY });
    // All but what one occurrence of the mean takes from some 160 of a token: (1 / 160)^2.
    expect(mlp?.tokenTable?.explained).toBeGreaterThan(0.9998);
    for (const { explainedByToken } of mlp?.neurons ?? []) expect(explainedByToken).toBeGreaterThan(0.9998);
  });

  test("is described by the mean alone, and so not at all, where the tokens are new", async () => {
    const known = calibrate.map((document) => ({ ...document, tokens: document.tokens.map((token) => token % 12) }));
    const foreign = heldOut.map((document) => ({
      ...document,
      tokens: document.tokens.map((token) => 12 + (token % 12)),
    }));
    const program = planted("current");
    const [mlp] = (await profiled(program, { calibrate: known, heldOut: foreign })).mlps;
    expect(mlp?.tokenTable).toEqual({ by: "current token", explained: 0, tokens: 12 });
    expect(mlp?.neurons[0]?.explainedByToken).toBe(0);
  });
});

describe("an MLP that is a random function of the previous token", () => {
  test("is described by a table of it, and its neurons not at all by the current token", async () => {
    const [mlp] = (await profiled(planted("previous"))).mlps;
    expect(mlp?.tokenTable?.by).toBe("previous token");
    // The first of 13 tokens has none before it.
    expect(mlp?.tokenTable?.explained).toBeGreaterThan(0.85);
    const byCurrent = (mlp?.neurons ?? []).map(({ explainedByToken = 1 }) => explainedByToken);
    // The first token looks at itself, and means of 160 are off by a share of 1/160.
    for (const explained of byCurrent) expect(Math.abs(explained)).toBeLessThan(0.05);
  });
});

describe("a kernel fit's share explained", () => {
  const program = lift(randomLiftSource(1, { layers: 2, heads: 2, width: WIDTH, vocabulary: VOCABULARY }));

  test("is the R^2 of what the head writes on held-out text, around its calibration mean", async () => {
    const head = (await profiled(program)).heads[0]?.[1];
    const written = outputsOf(program, heldOut);
    const foreseen = outputsOf(looking(program, 1, head?.kernelFit), heldOut);
    const mean = head?.mean ?? [];
    const distance = (from: (index: number) => number): number =>
      written.reduce((sum, value, index) => sum + (value - from(index)) ** 2, 0);
    const expected = 1 - distance((index) => foreseen[index] ?? 0) / distance((index) => mean[index % WIDTH] ?? 0);
    // Sums of 32-bit differences in another order.
    expect(head?.kernelFit?.explained).toBeCloseTo(expected, 5);
  });

  test("depends on held-out text, of which it reads the first 8,000 tokens, and prices do not", async () => {
    const other = randomDocuments(9000, 700, 13, VOCABULARY);
    const [one, two, more] = [
      await profiled(program),
      await profiled(program, { calibrate, heldOut: other }),
      await profiled(program, { calibrate, heldOut: other.slice(0, 616) }), // 616 of 13 tokens are the first over 8,000
    ];
    const explained = ({ heads }: Profile) => heads.flat().map(({ kernelFit }) => kernelFit?.explained);
    const rules = ({ heads }: Profile) => heads.flat().map(({ price, kernelFit }) => [price, kernelFit?.rule]);
    expect(explained(two)).not.toEqual(explained(one));
    expect(rules(two)).toEqual(rules(one));
    expect(more).toEqual(two);
  });

  test("is nothing without held-out text, and there are no tables either", async () => {
    const { heads, mlps } = await profiled(program, { calibrate, heldOut: [] });
    expect(heads.flat().map(({ kernelFit }) => kernelFit?.explained)).toEqual([0, 0, 0, 0]);
    expect(mlps.map(({ tokenTable }) => tokenTable)).toEqual([undefined, undefined]);
  });
});

/**
 * One layer whose tokens are balanced patterns of ones and minus ones in the first half of the stream, so that norms only
 * scale. The MLP reads the token itself; or else the second half alone, into which a head copies the previous token.
 */
function planted(reads: "current" | "previous"): Program {
  const source = randomLiftSource(2, { layers: 1, heads: 2, width: WIDTH, inner: 20, vocabulary: VOCABULARY });
  const program = withTensors(lift(source), {
    positions: () => 0,
    tokens: (row, column) => PATTERNS[row]?.[column] ?? 0,
    "block00.attention.bias": () => 0,
    "block00.attention.norm.gain": () => 1,
    "block00.attention.norm.bias": () => 0,
    "block00.mlp.norm.gain": () => 1,
    "block00.mlp.norm.bias": () => 0,
    "block00.head00.value": (row, column) => Number(row === column),
    "block00.head00.valueBias": () => 0,
    "block00.head00.output": (row, column) => (reads === "previous" ? Number(column === HALF + row) : 0),
    "block00.head01.output": () => 0,
    ...(reads === "previous" && { "block00.mlp.input": (row, _, value) => (row < HALF ? 0 : value) }),
  });
  const back: KernelLook = {
    kind: "kernel",
    steps: [
      [0, 0],
      [1, 60],
      [12, 0],
    ],
  };
  return looking(program, 0, { rule: back, sink: { kind: "sink", score: 0 } });
}

/** Balanced patterns of eight signs. */
const PATTERNS = Array.from({ length: 2 ** HALF }, (_, bits) =>
  Array.from({ length: HALF }, (__, place) => (bits & (1 << place) ? 1 : -1)),
).filter((signs) => signs.reduce((sum, sign) => sum + sign, 0) === 0);

/** The program with one head of its first block looking by a kernel and a sink. */
function looking(program: Program, head: number, fit: { rule: KernelLook; sink: SinkLook } | undefined): Program {
  if (!fit) throw new Error("The head has no kernel fit.");
  const base = { shape: ["time", "time"] as const, origin };
  return mapHeads(program, (node) =>
    node.id === headId(0, head)
      ? {
          ...node,
          looks: [
            { ...base, kind: "sinkLook", id: "sink", rule: fit.sink },
            { ...base, kind: "kernelLook", id: "kernel", rule: fit.rule },
          ],
        }
      : node,
  );
}

/** All that the first block's second head writes, in this thread. */
function outputsOf(program: Program, documents: readonly TokenDocument[]): number[] {
  const machine = createPlainMachine();
  const model = instantiate(machine, program);
  const outputs: number[] = [];
  for (const { tokens, position } of documents) {
    machine.scope(() => {
      read(machine, model, startReading(machine, model, tokens.length, position), tokens, {
        headOutput: (block, head, output) => {
          if (block === 0 && head === 1) outputs.push(...machine.values(output));
        },
      });
    });
  }
  return outputs;
}
