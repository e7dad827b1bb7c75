import { afterAll, describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/index.ts";
import { lift, sourcesBefore, type Program } from "../../src/ir/index.ts";
import type { PathsBySite, PathShares } from "../../src/profile/jobs/path-shares.ts";
import type { SourceShares } from "../../src/profile/jobs/source-shares.ts";
import { pathSample } from "../../src/profile/path-sample.ts";
import { pathEvidence, weighedPaths, type RunOnSample } from "../../src/profile/paths.ts";
import { profileProgram } from "../../src/profile/index.ts";
import type { TokenDocument } from "../../src/text/index.ts";
import { randomDocuments } from "../engine/random-documents.ts";
import { randomLiftSource } from "../ir/random-model.ts";
import { withTensors } from "../ir/with-tensors.ts";

const VOCABULARY = 24;
const WIDTH = 16;
const engines = [1, 3].map((workers) => new Engine({ workers }));
const [engine, three] = engines as [Engine, Engine];
afterAll(async () => {
  await Promise.all(engines.map((each) => each.close()));
});

const documents = randomDocuments(40, 40, 13, VOCABULARY);
const on =
  (program: Program, workers = engine): RunOnSample =>
  (job, options, items) =>
    workers.map(job, { programs: { program }, options }, items);
const meansOf = (program: Program) =>
  program.blocks.map(({ attention }) => attention.heads.map(() => new Float32Array(program.width)));

describe("a head whose queries read only positions and whose keys read only tokens", () => {
  const program = planted();

  test("has that term first, which alone makes its scores and so all that it writes", async () => {
    const evidence = (await pathEvidence(program, documents, meansOf(program), on(program))).get("block00.head00");
    expect(evidence?.terms[0]).toMatchObject({ query: "position", key: "token" });
    // Equal but for the rounding of 32-bit scores.
    expect(evidence?.terms[0]?.share).toBeCloseTo(1, 4);
    expect(evidence?.explained).toBeCloseTo(1, 4);
  });

  test("has no term of the opposite pair", async () => {
    const terms = (await weighedPaths(program, documents, on(program))).get("block00.head00") ?? [];
    const others = terms.slice(1).map(({ share }) => Math.abs(share));
    expect(Math.max(...others)).toBeLessThan(1e-4);
  });
});

describe("shares of score terms", () => {
  test.each([2, 4])("add up to 1 for every head of %d layers, where all pairs are weighed", async (layers) => {
    const program = random(layers, 2);
    const weighed = await weighedPaths(program, documents, on(program));
    expect(weighed.size).toBe(2 * layers);
    for (const terms of weighed.values()) {
      // Sums of some hundred thousand products of 32-bit numbers.
      expect(terms.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 4);
      const sizes = terms.map(({ share }) => Math.abs(share));
      expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
    }
  });

  test("of one source, which choose the strongest, are the sums of its pairs", async () => {
    const program = random(3, 2);
    const [document] = documents as [TokenDocument];
    const job = (name: string): URL => new URL(`../../src/profile/jobs/${name}.ts`, import.meta.url);
    const sources = sourcesBefore(program, { block: 2, before: "attention" });
    const site = "block02.head01";
    const run = on(program);
    const [single] = await run<undefined, ReadonlyMap<string, SourceShares>>(job("source-shares"), undefined, [
      document,
    ]);
    const all = new Map([[site, { query: sources, key: sources }]]);
    const [pairs] = await run<PathsBySite, ReadonlyMap<string, PathShares>>(job("path-shares"), all, [document]);
    const covariances = pairs?.get(site)?.covariances ?? new Float64Array();
    const sum = (of: (row: number, column: number) => boolean): number =>
      covariances.reduce((total, value, at) => {
        return of(Math.floor(at / sources.length), at % sources.length) ? total + value : total;
      }, 0);
    sources.forEach((_, index) => {
      // Products of 32-bit numbers in two orders.
      expect(single?.get(site)?.query[index]).toBeCloseTo(
        sum((row) => row === index),
        4,
      );
      expect(single?.get(site)?.key[index]).toBeCloseTo(
        sum((__, column) => column === index),
        4,
      );
    });
  });

  test("are those of the twenty strongest sources a side where there are more", async () => {
    const program = random(5, 4); // the last layer reads from 3 + 4 * 5 = 23
    const terms = (await weighedPaths(program, documents, on(program))).get("block04.head03") ?? [];
    expect(terms).toHaveLength(20 * 20);
    expect(new Set(terms.map(({ key }) => key)).size).toBe(20);
    // What is left out is the weakest of 23 on both sides.
    expect(Math.abs(terms.reduce((sum, { share }) => sum + share, 0) - 1)).toBeLessThan(0.1);
  });

  test("do not depend on the number of workers", async () => {
    const program = random(5, 4);
    const [one, more] = await Promise.all(
      [engine, three].map((each) => pathEvidence(program, documents, meansOf(program), on(program, each))),
    );
    expect(JSON.stringify([...(more ?? [])])).toBe(JSON.stringify([...(one ?? [])]));
  });
});

describe("the profile of a head", () => {
  test("has five terms and what they explain around the calibration mean, and none without held-out text", async () => {
    const program = random(2, 2);
    const calibrate = randomDocuments(900, 40, 13, VOCABULARY);
    const sampling = { decision: "argmax", seed: 3 } as const;
    const { heads } = await profileProgram(engine, program, { calibrate, heldOut: documents }, sampling);
    const means = heads.map((block) => block.map(({ mean }) => Float32Array.from(mean)));
    const evidence = await pathEvidence(program, documents, means, on(program));
    for (const { site, paths } of heads.flat()) {
      expect(paths?.terms).toHaveLength(5);
      expect(paths).toEqual(evidence.get(site));
    }
    const without = await profileProgram(engine, program, { calibrate, heldOut: [] }, sampling);
    expect(without.heads.flat().every(({ paths }) => paths === undefined)).toBe(true);
  });
});

describe("pathSample", () => {
  test("has about 2,000 positions, of at least eight documents where there are that many", () => {
    const long = pathSample(random(2, 2), randomDocuments(1, 30, 600, VOCABULARY));
    expect(long.map(({ tokens }) => tokens.length)).toEqual(Array(8).fill(250));
    const short = pathSample(random(2, 2), randomDocuments(1, 400, 13, VOCABULARY));
    expect(short).toHaveLength(Math.ceil(2000 / 13));
  });

  test("is shorter for models with many sources, and empty for those with too many", () => {
    const program = random(2, 2);
    const manifold = (layers: number): Program => ({
      ...program,
      width: 1024,
      blocks: Array.from({ length: layers }, () => {
        const [block] = program.blocks as [Program["blocks"][number]];
        return { ...block, attention: { ...block.attention, heads: Array(16).fill(block.attention.heads[0]) as [] } };
      }),
    });
    const texts = randomDocuments(1, 30, 600, VOCABULARY);
    expect(pathSample(manifold(24), texts)[0]?.tokens.length).toBe(55); // 2^35 / (16 * 4764 * 1024) positions, over eight documents
    expect(pathSample(manifold(48), texts)).toEqual([]);
  });
});

function random(layers: number, heads: number): Program {
  return lift(randomLiftSource(9, { layers, heads, width: WIDTH, vocabulary: VOCABULARY }));
}

/** Tokens write to the first half of the stream, positions to the second; the head asks of the one and is asked the other. */
function planted(): Program {
  const program = random(1, 2);
  const firstHalf = (column: number): boolean => column < WIDTH / 2;
  const sign = (row: number, column: number): number => ((row + column) % 2 === 0 ? 1 : -1) * (1 + (row % 5));
  return withTensors(program, {
    [program.embed.tokens.name]: (row, column) => (firstHalf(column) ? sign(row, column) : 0),
    [program.embed.positions.name]: (row, column) => (firstHalf(column) ? 0 : sign(row, column)),
    "block00.attention.norm.gain": () => 1,
    "block00.attention.norm.bias": () => 0,
    "block00.head00.query": (row, _, value) => (firstHalf(row) ? 0 : value),
    "block00.head00.queryBias": () => 0,
    "block00.head00.key": (row, _, value) => (firstHalf(row) ? value : 0),
    "block00.head00.keyBias": () => 0,
  });
}
