import { describe, expect, onTestFinished, test } from "vitest";
import { compare, createRandom, Engine } from "../../src/engine/index.ts";
import { handlesOf, lift } from "../../src/ir/index.ts";
import { bitsSaved, equivalentLevels, type PackageTensor } from "../../src/score/bits.ts";
import { promptsOf } from "../../src/score/continuations.ts";
import { crossEntropy } from "../../src/score/cross-entropy.ts";
import { explainedVariance, VarianceSum } from "../../src/score/explained-variance.ts";
import type { PackageFiles } from "../../src/score/package-files.ts";
import { quantised } from "../../src/score/quantisation.ts";
import { otherOrder, shuffledPositions, type PositionLook } from "../../src/score/shuffle.ts";
import { ComparisonSum, isExact, klOf, summariseFidelity } from "../../src/score/fidelity.ts";
import { randomDocuments, randomModel } from "./planted.ts";

describe("explainedVariance", () => {
  const width = 4;
  const written = Float32Array.from({ length: 40 * width }, (_, index) => Math.sin(index * index));
  const explained = (simulated: Float32Array): number => {
    const sum = new VarianceSum();
    sum.add(written, simulated, width);
    return explainedVariance([sum.sums]);
  };

  test("is 1 for the same, also with a constant added and with rows moved as layer norm ignores", () => {
    expect(explained(written)).toBe(1);
    expect(explained(written.map((value, index) => value + (index % width) + Math.floor(index / width)))).toBeCloseTo(
      1,
      6,
    );
  });

  test("is 0 for a constant, and for what is worse than one", () => {
    expect(explained(written.map((_value, index) => index % width))).toBeCloseTo(0, 6);
    expect(explained(written.map((value) => -3 * value))).toBe(0);
  });

  test("is between for a weak copy, and the same however documents are cut", () => {
    const half = written.map((value) => value / 2);
    expect(explained(half)).toBeCloseTo(0.75, 6);
    const [one, two] = [new VarianceSum(), new VarianceSum()];
    one.add(written.subarray(0, 60), half.subarray(0, 60), width);
    two.add(written.subarray(60), half.subarray(60), width);
    expect(explainedVariance([one.sums, two.sums])).toBeCloseTo(0.75, 6);
  });
});

describe("a rule in another order", () => {
  const looks: PositionLook[] = [
    { kind: "sink", score: 2 },
    {
      kind: "kernel",
      steps: [
        [0, 1],
        [4, -1],
      ],
    },
  ];

  test("keeps the distances and the scores, and always differs", () => {
    const random = createRandom(1);
    for (let time = 0; time < 5; time++) {
      const rules = shuffledPositions(looks, random);
      expect(rules).not.toEqual(looks);
      const text = JSON.stringify(rules);
      expect(text.match(/"score":|\[0,|\[4,/g)).toHaveLength(3);
      expect([...text.matchAll(/-?\d+(?=[\]}])/g)].map(([score]) => Number(score)).sort()).toEqual([-1, 1, 2]);
    }
  });

  test("does not exist where all scores are equal", () => {
    expect(shuffledPositions([{ kind: "sink", score: 1 }], createRandom(1))).toBeUndefined();
  });

  test("moves whole rows of a table", () => {
    const rows = otherOrder([1, 2, 3, 4, 5, 6], createRandom(1), 2);
    expect(rows).not.toEqual([1, 2, 3, 4, 5, 6]);
    const pairs = [0, 2, 4].map((first) => rows.slice(first, first + 2)).sort();
    expect(pairs).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });
});

describe("summariseFidelity", () => {
  const documentOf = (id: string, domain: string, rows: [flip: boolean, margin: number][]) => {
    const sum = new ComparisonSum();
    for (const [flip, margin] of rows) sum.add({ flip, margin, kl: flip ? 0.5 : 0 }, flip ? 0.1 : undefined);
    return sum.of({ id, domain });
  };
  const documents = [
    documentOf("a", "one", [
      [false, 2],
      [false, 0.3],
    ]),
    documentOf("a", "one", [[true, 0.05]]),
    documentOf("b", "two", [
      [false, 0.00001],
      [false, 5],
    ]),
  ];
  const fidelity = summariseFidelity(documents, [{ id: "a", edits: 1, words: 8 }], { seed: 1, isText: true });

  test("counts flips by position, matches by document, and only the margin's own bin", () => {
    expect(fidelity.flips.value).toBe(1 / 5);
    expect(fidelity.confidentFlips.value).toBe(0);
    expect(fidelity.match.value).toBe(1 / 2);
    expect(fidelity).toMatchObject({ positions: 5, documents: 2, continuations: 1 });
    expect(fidelity.agreementByMargin.map(({ positions }) => positions)).toEqual([1, 0, 1, 0, 1, 1, 1]);
    expect(fidelity.ceDelta?.value).toBeCloseTo(0.1, 12);
    expect(fidelity.wer?.value).toBe(1 / 8);
    expect(klOf(documents)).toBe(0.1);
  });

  test("tells domains apart", () => {
    expect(fidelity.byDomain["one"]).toMatchObject({ documents: 1, positions: 3, match: { value: 0 } });
    expect(fidelity.byDomain["two"]).toMatchObject({ documents: 1, positions: 2, match: { value: 1 } });
  });

  test("calls a program exact when nothing but near-ties flips", () => {
    expect(isExact(fidelity)).toBe(false);
    const nearTie = [
      documentOf("a", "one", [
        [true, 0.0001],
        [false, 1],
      ]),
    ];
    expect(isExact(summariseFidelity(nearTie, [], { seed: 1, isText: false }))).toBe(true);
  });
});

test("crossEntropy is -log of the softmax's share", () => {
  expect(crossEntropy(Float32Array.of(1000, 1000, -1000), 1)).toBeCloseTo(Math.log(2), 12);
});

test("promptsOf takes the first tokens of every window before any further ones", () => {
  const documents = randomDocuments(1).slice(0, 3);
  const long = documents.map((document) => ({ ...document, tokens: Array.from({ length: 100 }, (_, index) => index) }));
  const prompts = promptsOf(long, 5);
  expect(prompts.map(({ tokens }) => tokens[0])).toEqual([0, 0, 0, 64, 64]);
  expect(prompts.every(({ tokens }) => tokens.length === 32)).toBe(true);
  expect(
    promptsOf(
      documents.map((document) => ({ ...document, tokens: [1, 2] })),
      5,
    ),
  ).toEqual([]);
});

describe("bitsSaved", () => {
  const model = randomModel(1);
  const original = lift(model);
  const tensors = handlesOf(original).map(({ name, shape }) => {
    return { name, shape, values: original.tensors.get({ name }) };
  });
  const nothing = { folder: "", sources: [], runtime: [], manifest: "", weights: [], others: [], sha256: "" };
  const saved = (files: PackageFiles, held: readonly PackageTensor[], levels: number): number =>
    bitsSaved(original, files, held, levels, model.tokenizer);

  test("rises with every tensor that goes and falls with every one that comes, whatever it is called", () => {
    const all = saved(nothing, tensors, 100);
    const fewer = saved(nothing, tensors.slice(1), 100);
    const table = { name: "block00.rule.table", shape: [8, 8], values: new Float32Array(64).fill(0.5) };
    expect(fewer).toBeGreaterThan(all);
    expect(saved(nothing, [...tensors.slice(1), table], 100)).toBeLessThan(fewer);
    expect(saved(nothing, [], 100)).toBe(1);
  });

  test("is 0 for the original's own tensors, at any levels", () => {
    for (const levels of [3.5, 100, 2 ** 15]) expect(saved(nothing, tensors, levels)).toBe(0);
  });

  test("charges for files that lie beside the weights", () => {
    const smuggled = { ...nothing, others: [{ path: "weights/more.bin", bytes: new Uint8Array(10_000) }] };
    expect(saved(smuggled, [], 100)).toBeLessThan(0);
  });
});

test("equivalentLevels finds the levels at which the quantised original has a program's KL", async () => {
  const original = lift(randomModel(1, { width: 32, inner: 64 }));
  const documents = randomDocuments(2).slice(0, 40);
  const engine = new Engine({ workers: 1 });
  onTestFinished(() => engine.close());
  const scoring = { engine, original, decision: "argmax", signal: undefined } as const;
  const target = 0.002;
  const found = await equivalentLevels(scoring, documents, target);
  // How the grid falls on the weights moves the KL of so small a model by a quarter: other trials are averaged as well.
  let logKl = 0;
  const factors = [0.83, 0.87, 0.93, 0.97, 1.03, 1.07, 1.14, 1.2];
  for (const factor of factors) {
    const coarse = handlesOf(original)
      .filter(({ shape }) => shape.length > 1)
      .map(({ name, shape }): [string, Float32Array] => [
        name,
        quantised({ shape, values: original.tensors.get({ name }) }, found * factor),
      ]);
    const program = { ...original, tensors: original.tensors.with(coarse) };
    const results = await compare(engine, original, program, documents, { decision: "argmax" });
    const kl = results.reduce((sum, document) => sum + document.kl, 0) / (documents.length * 40);
    logKl += Math.log(kl * factor ** 2) / factors.length;
  }
  expect(Math.abs(Math.exp(logKl) / target - 1)).toBeLessThan(0.25);
  expect(await equivalentLevels(scoring, documents, 0)).toBe(2 ** 15);
});
