import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compare, Engine, instantiate, summarise } from "../../src/engine/index.ts";
import { headId, lift, type DensePartNode, type HeadNode, type LookNode, type Program } from "../../src/ir/index.ts";
import { firingContext } from "../../src/profile/firing-context.ts";
import { drawsFor } from "../../src/profile/differentiate.ts";
import { priceChanges, profileProgram, type Profile } from "../../src/profile/index.ts";
import { createPlainMachine, read, startReading, type Observer } from "../../src/runtime/index.ts";
import { randomDocuments } from "../engine/random-documents.ts";
import { randomLiftSource } from "../ir/random-model.ts";

const VOCABULARY = 24;
const program = lift(randomLiftSource(1, { layers: 3, heads: 4, width: 16, inner: 20, vocabulary: VOCABULARY }));
const documents = randomDocuments(5, 300, 13, VOCABULARY);
const text = { calibrate: documents, heldOut: randomDocuments(5000, 80, 13, VOCABULARY) };
const SAMPLING = { decision: "argmax", seed: 3 } as const;
const origin = { tensors: [], passes: [] };

const engines = [1, 2, 4].map((workers) => new Engine({ workers }));
const [engine] = engines as [Engine];
let profile: Profile;
beforeAll(async () => {
  profile = await profileProgram(engine, program, text, SAMPLING);
});
afterAll(async () => {
  await Promise.all(engines.map((each) => each.close()));
});

describe("profileProgram", () => {
  test("gives the same profile with 1, 2 and 4 workers, and again for the same seed", async () => {
    const others = await Promise.all(engines.map((each) => profileProgram(each, program, text, SAMPLING)));
    for (const other of others) expect(JSON.stringify(other)).toBe(JSON.stringify(profile));
  });

  test("counts documents and scored positions, and names sites in model order", () => {
    expect(profile.documents).toBe(300);
    expect(profile.positions).toBe(300 * 12);
    expect(profile.heads.flat().map(({ site }) => site)).toEqual(
      [0, 1, 2].flatMap((block) => [0, 1, 2, 3].map((head) => headId(block, head))),
    );
    expect(profile.mlps.map(({ site }) => site)).toEqual(["block00.mlp", "block01.mlp", "block02.mlp"]);
  });

  test("has the means, deviations and attention shares that the forward pass shows", () => {
    const [activations, outputs, previous]: [number[], number[], number[]] = [[], [], []];
    const column = 3;
    forward((tokens, machine) => ({
      activations: (block, _, tensor) => {
        if (block !== 1) return;
        const values = machine.values(tensor);
        for (let time = 0; time < tokens; time++) activations.push(values[time * 20 + 7] ?? 0);
      },
      headOutput: (block, head, tensor) => {
        if (block !== 1 || head !== 2) return;
        const values = machine.values(tensor);
        for (let time = 0; time < tokens; time++) outputs.push(values[time * 16 + column] ?? 0);
      },
      pattern: (block, head, tensor) => {
        if (block !== 1 || head !== 2) return;
        const values = machine.values(tensor);
        for (let time = 1; time < tokens; time++) previous.push(values[time * tokens + time - 1] ?? 0);
      },
    }));
    const neuron = profile.mlps[1]?.neurons[7];
    const average = mean(activations);
    // Equal up to the rounding of sums of a few thousand 32-bit numbers.
    expect(neuron?.mean).toBeCloseTo(average, 5);
    expect(neuron?.deviation).toBeCloseTo(Math.sqrt(mean(activations.map((value) => (value - average) ** 2))), 5);
    expect(neuron?.active).toBeCloseTo(mean(activations.map((value) => Number(value > 0.1))), 10);
    expect(profile.heads[1]?.[2]?.mean[column]).toBeCloseTo(mean(outputs), 5);
    expect(profile.heads[1]?.[2]?.attention.previous).toBeCloseTo(mean(previous), 5);
  });

  test("shows where a neuron fires most, with the tokens around it, from different documents", () => {
    let strongest = { value: -Infinity, document: -1, time: -1 };
    let document = 0;
    forward((tokens, machine) => ({
      activations: (block, _, tensor) => {
        if (block !== 2) return;
        for (let time = 1; time < tokens; time++) {
          const value = machine.values(tensor)[time * 20 + 4] ?? 0;
          if (value > strongest.value) strongest = { value, document, time };
        }
        document++;
      },
    }));
    const contexts = profile.mlps[2]?.neurons[4]?.contexts ?? [];
    const tokens = documents[strongest.document]?.tokens ?? [];
    const { time } = strongest;
    expect(contexts).toHaveLength(3);
    expect(contexts[0]?.value).toBeCloseTo(strongest.value, 5);
    expect(contexts[0]?.token).toBe(tokens[time]);
    expect(contexts[0]?.before).toEqual(tokens.slice(Math.max(0, time - 16), time));
    expect(contexts[0]?.after).toEqual(tokens.slice(time + 1, time + 6));
    expect(contexts.map(({ value }) => value)).toEqual(contexts.map(({ value }) => value).toSorted((a, b) => b - a));
  });

  test("marks the most attended key of a head's context where it is near", () => {
    const marked = profile.heads
      .flat()
      .flatMap(({ contexts }) => contexts.filter(({ lookedAt }) => lookedAt !== undefined));
    expect(marked.length).toBeGreaterThan(0);
    for (const { before, lookedAt } of marked) expect(lookedAt).toBeLessThanOrEqual(before.length);
  });

  test("names the most attended key of a context where it is far", () => {
    const tokens = Array.from({ length: 30 }, (_, place) => place);
    const place = { value: 1, document: 0, time: 25 };
    const document = { id: "far", domain: "drawn", tokens, position: 0, scored: [25] };
    expect(firingContext([document], { ...place, key: 9 })).toMatchObject({ lookedAt: 0 });
    expect(firingContext([document], { ...place, key: 8 })).toMatchObject({ lookedFar: 8 });
    expect(firingContext([document], place)).not.toHaveProperty("lookedFar");
  });

  test("looks for contexts of the last heads where answers count, and of earlier ones everywhere", async () => {
    const short = documents.slice(0, 40).map((own) => ({ ...own, scored: [5] }));
    const { heads } = await profileProgram(engine, program, { calibrate: short, heldOut: short }, SAMPLING);
    const placesOf = (block: number): number[] =>
      heads[block]?.flatMap(({ contexts }) => contexts.map(({ before }) => before.length)) ?? [];
    expect(new Set(placesOf(2))).toEqual(new Set([5]));
    expect(new Set(placesOf(1)).size).toBeGreaterThan(1);
  });

  test("lists the tokens that a neuron's output raises and lowers through the unembedding", () => {
    const part = neuronsOf(program, 0);
    const weights = program.tensors.get(part.output).subarray(2 * 16, 3 * 16);
    const center = mean([...weights]);
    const gain = program.finalNorm.gain ? program.tensors.get(program.finalNorm.gain) : new Float32Array(16).fill(1);
    const directions = program.tensors.get(program.unembed.tokens);
    const effects = Array.from({ length: VOCABULARY }, (_, token) =>
      weights.reduce(
        (sum, weight, at) => sum + (weight - center) * (gain[at] ?? 0) * (directions[token * 16 + at] ?? 0),
        0,
      ),
    );
    const ranked = effects.map((_, token) => token).sort((a, b) => (effects[b] ?? 0) - (effects[a] ?? 0));
    expect(profile.mlps[0]?.neurons[2]?.raises).toEqual(ranked.slice(0, 5));
    expect(profile.mlps[0]?.neurons[2]?.lowers).toEqual(ranked.slice(-5).reverse());
  });
});

describe("prices", () => {
  test("rank heads by the KL that replacing each by its mean really costs, and are of its size", async () => {
    const predicted: number[] = [];
    const measured: number[] = [];
    for (const [block, heads] of profile.heads.entries()) {
      for (const [head, { price }] of heads.entries()) {
        const candidate = withHead(program, block, head, (node) => alwaysMean(node, program));
        const results = await compare(engine, program, withMean(candidate, block, head), documents, SAMPLING);
        predicted.push(price);
        measured.push(summarise(results, 1).kl.value);
      }
    }
    expect(rankCorrelation(predicted, measured)).toBeGreaterThan(0.8);
    const ratios = predicted.map((price, index) => price / (measured[index] ?? 1)).sort((a, b) => a - b);
    // A second-order prediction of changes that are not small: the median within a factor of two.
    expect(ratios[6]).toBeGreaterThan(0.5);
    expect(ratios[6]).toBeLessThan(2);
  });

  test("of a replacement equal to a head's mean, or to its kernel fit, equal those of the profile", async () => {
    const node = program.blocks[1]?.attention.heads[2];
    const fit = profile.heads[1]?.[2]?.kernelFit;
    if (!node || !fit) throw new Error("There is no such head.");
    const rules: LookNode[] = [
      { kind: "sinkLook", id: "sink", shape: ["time", "time"], origin, rule: fit.sink },
      { kind: "kernelLook", id: "kernel", shape: ["time", "time"], origin, rule: fit.rule },
    ];
    const changes = [alwaysMean(node, program), { ...node, looks: rules }, node].map((replacement) => {
      return { block: 1, head: 2, replacement };
    });
    const [toMean, toKernel, toItself] = await priceChanges(
      engine,
      withMean(program, 1, 2),
      changes,
      documents,
      SAMPLING,
    );
    const price = profile.heads[1]?.[2]?.price ?? 0;
    expect(Math.abs((toMean ?? 0) / price - 1)).toBeLessThan(1e-4); // sums of 32-bit products in another order
    expect(toKernel).toBe(fit.predictedKl);
    expect(toItself).toBe(0);
  });

  test("are averages over several draws where there are few documents", async () => {
    expect([0, 40, 64, 100, 256, 10_000].map(drawsFor)).toEqual([4, 4, 4, 3, 1, 1]);
    const few = documents.slice(0, 60);
    const { heads } = await profileProgram(engine, program, { ...text, calibrate: few }, SAMPLING);
    const ratios = heads.flat().map(({ price }, head) => price / (profile.heads.flat()[head]?.price ?? 0));
    // Sums of four draws that were not divided by four would be four times as large.
    for (const ratio of ratios) expect(Math.abs(Math.log(ratio))).toBeLessThan(Math.log(2));
    const rejoined = await profileProgram(engine, program, { ...text, calibrate: few }, { ...SAMPLING, seed: 4 });
    const changed = rejoined.heads.flat().map(({ price }, head) => price / (heads.flat()[head]?.price ?? 0));
    expect(Math.max(...changed.map((ratio) => Math.abs(Math.log(ratio))))).toBeLessThan(Math.log(2));
  });

  test("of neurons that never vary are nothing, and of those that write nothing as well", async () => {
    const part = neuronsOf(program, 1);
    const output = program.tensors.get(part.output).slice().fill(0, 0, 16); // neuron 0 writes nothing
    const input = program.tensors.get(part.input).slice();
    for (let row = 0; row < 16; row++) input[row * 20 + 1] = 0; // neuron 1 reads nothing
    const tensors = program.tensors.with([
      [part.output.name, output],
      [part.input.name, input],
    ]);
    const neurons = (await profileProgram(engine, { ...program, tensors }, text, SAMPLING)).mlps[1]?.neurons;
    expect(neurons?.[0]?.price).toBe(0);
    expect(neurons?.[1]?.price).toBeLessThan(1e-12);
    expect(neurons?.[2]?.price).toBeGreaterThan(1e-6);
  });

  test("are there for models whose answer is the set of positive tokens too", async () => {
    const positive = await profileProgram(engine, program, text, { decision: "positive", seed: 3 });
    const candidate = withHead(program, 0, 1, (node) => alwaysMean(node, program));
    const results = await compare(engine, program, withMean(candidate, 0, 1), documents, { decision: "positive" });
    const ratio = (positive.heads[0]?.[1]?.price ?? 0) / summarise(results, 1).kl.value;
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});

describe("kernel fits", () => {
  test("explain a head that looks everywhere alike, at no price", async () => {
    const even = withHead(program, 2, 0, (node) => ({ ...node, looks: node.looks.map((look) => withoutScores(look)) }));
    const tensors = even.tensors.with([
      ["nothing", new Float32Array(64)],
      ["nobias", new Float32Array(4)],
    ]);
    const fit = (await profileProgram(engine, { ...even, tensors }, text, SAMPLING)).heads[2]?.[0]?.kernelFit;
    expect(fit?.rule.steps).toEqual([[12, 0]]);
    expect(fit?.sink.score).toBe(0);
    expect(fit?.explained).toBeGreaterThan(0.999999);
    expect(fit?.predictedKl).toBeLessThan(1e-9);
  });

  test("are absent for a head that always writes the same", async () => {
    const candidate = withMean(
      withHead(program, 2, 0, (node) => alwaysMean(node, program)),
      2,
      0,
    );
    const head = (await profileProgram(engine, candidate, text, SAMPLING)).heads[2]?.[0];
    expect(head?.kernelFit).toBeUndefined();
    expect(head?.price).toBeLessThan(1e-9);
    expect(head?.mean[0]).toBeCloseTo(profile.heads[2]?.[0]?.mean[0] ?? NaN, 6);
  });
});

/** Runs every document in this thread and lets an observer look on. */
function forward(observe: (tokens: number, machine: ReturnType<typeof createPlainMachine>) => Observer): void {
  const machine = createPlainMachine();
  const model = instantiate(machine, program);
  for (const { tokens, position } of documents) {
    machine.scope(() => {
      const reading = startReading(machine, model, tokens.length, position);
      read(machine, model, reading, tokens, observe(tokens.length, machine));
    });
  }
}

function withHead(from: Program, block: number, head: number, change: (node: HeadNode) => HeadNode): Program {
  return {
    ...from,
    blocks: from.blocks.map((node, index) => ({
      ...node,
      attention: {
        ...node.attention,
        heads: node.attention.heads.map((each, place) => (index === block && place === head ? change(each) : each)),
      },
    })),
  };
}

function neuronsOf(from: Program, block: number): DensePartNode {
  const part = from.blocks[block]?.mlp.parts.find(({ kind }) => kind === "densePart");
  if (part?.kind !== "densePart") throw new Error(`Block ${block} has no neurons.`);
  return part;
}

/** A head that writes the tensor "mean" everywhere. */
function alwaysMean(node: HeadNode, { width }: Program): HeadNode {
  const vector = { name: "mean", shape: [width], origin };
  return { ...node, looks: [], moves: { kind: "constantMove", id: "mean", shape: ["time", width], origin, vector } };
}

/** The store with the profile's mean of a head as the tensor "mean". */
function withMean(from: Program, block: number, head: number): Program {
  const values = Float32Array.from(profile.heads[block]?.[head]?.mean ?? []);
  return { ...from, tensors: from.tensors.with([["mean", values]]) };
}

function withoutScores(look: LookNode): LookNode {
  if (look.kind !== "denseLook") return look;
  const { keyBias: _, ...rest } = look;
  const nothing = { name: "nothing", shape: look.query.shape, origin };
  return { ...rest, query: nothing, key: nothing, queryBias: { name: "nobias", shape: look.queryBias.shape, origin } };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Spearman's correlation. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]) =>
    values.map((value) => values.filter((other) => other < value).length - (values.length - 1) / 2);
  const [x, y] = [ranks(a), ranks(b)];
  const product = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, at) => sum + value * (q[at] ?? 0), 0);
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}
