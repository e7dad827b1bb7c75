import { afterAll, describe, expect, test } from "vitest";
import {
  compare,
  Comparison,
  decidedDocuments,
  Engine,
  summarise,
  type DecidedDocument,
  type DocumentFidelity,
} from "../../src/engine/index.ts";
import { lift, type Program } from "../../src/ir/index.ts";
import type { Shortcut } from "../../src/runtime/index.ts";
import { randomLiftSource } from "../ir/random-model.ts";
import { randomDocuments } from "./random-documents.ts";

const original = lift(randomLiftSource(1));
const documents = randomDocuments(7, 13, 9, 20);
const engines = [1, 2, 4].map((workers) => new Engine({ workers }));
const [engine] = engines as [Engine];
afterAll(async () => {
  await Promise.all(engines.map((each) => each.close()));
});

describe("Engine", () => {
  test("gives the same results with 1, 2 and 4 workers", async () => {
    const results = await Promise.all(
      engines.map((each) => compare(each, original, withoutHead(original), documents, { decision: "argmax" })),
    );
    expect(JSON.stringify(results[1])).toBe(JSON.stringify(results[0]));
    expect(JSON.stringify(results[2])).toBe(JSON.stringify(results[0]));
    expect(results[0]?.map(({ cluster }) => cluster)).toEqual(documents.map(({ id }) => id));
  });

  test("gives the same results for a program after many others have taken its place in the workers' memory", async () => {
    const first = await compare(engine, original, withoutHead(original), documents, { decision: "argmax" });
    for (let seed = 2; seed < 6; seed++) {
      await compare(engine, lift(randomLiftSource(seed)), original, documents, { decision: "argmax" });
    }
    expect(await compare(engine, original, withoutHead(original), documents, { decision: "argmax" })).toEqual(first);
  });

  test("tells how many items are done", async () => {
    const seen: number[] = [];
    const onDone = (done: number, total: number): void => {
      expect(total).toBe(documents.length);
      seen.push(done);
    };
    await compare(engine, original, original, documents, { decision: "argmax", onDone });
    expect(seen.at(-1)).toBe(documents.length);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test("gives nothing for no items", async () => {
    expect(await compare(engine, original, original, [], { decision: "argmax" })).toEqual([]);
  });

  test("has threads that cannot require an ES module: ended in the middle of that, they would abort the process", async () => {
    const job = new URL("data:text/javascript,export default () => process.features.require_module");
    expect(await engine.map(job, { programs: {}, options: {} }, [0])).toEqual([false]);
  });

  test("rejects with a job's error and goes on working", async () => {
    const job = new URL("../../src/engine/jobs/compare.ts", import.meta.url);
    const shared = { programs: { original }, options: { decision: "argmax", originalKept: false } };
    const items = documents.map((document) => ({ document }));
    const incomplete = engine.map(job, shared, items);
    await expect(incomplete).rejects.toThrow("not given a program named candidate");
    expect(await compare(engine, original, original, documents, { decision: "argmax" })).toHaveLength(documents.length);
  });

  test("stops when it is told to, with the signal's reason, and goes on working", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const onDone = (): void => controller.abort(new Error("enough"));
    await expect(
      compare(engine, original, original, documents, { decision: "argmax", signal, onDone }),
    ).rejects.toThrow("enough");
    await expect(compare(engine, original, original, documents, { decision: "argmax", signal })).rejects.toThrow(
      "enough",
    );
    expect(await compare(engine, original, original, documents, { decision: "argmax" })).toHaveLength(documents.length);
  });
});

describe("compare", () => {
  test.each(["argmax", "positive"] as const)(
    "finds no difference between a program and itself (%s)",
    async (decision) => {
      const results = await compare(engine, original, original, documents, { decision });
      for (const { flips, confidentFlips, kl } of results) expect([flips, confidentFlips, kl]).toEqual([0, 0, 0]);
      expect(results.reduce((sum, { confidentPositions }) => sum + confidentPositions, 0)).toBeGreaterThan(0);
    },
  );

  test("counts every scored position, and confident flips among the flips", async () => {
    const results = await compare(engine, original, withoutHead(original), documents, { decision: "argmax" });
    for (const result of results) {
      expect(result.positions).toBe(8);
      expect(result.confidentFlips).toBeLessThanOrEqual(Math.min(result.flips, result.confidentPositions));
      expect(result.kl).toBeGreaterThan(0);
    }
    expect(summarise(results, 1).flips.value).toBeGreaterThan(0);
  });
});

describe("shortcuts", () => {
  test("flip what they decide otherwise than the original, wherever scored positions begin", async () => {
    const [decided] = await decidedDocuments(engine, original, documents);
    const { tokens, scored, decisions } = decided as DecidedDocument;
    const time = scored[3] as number;
    const wrong = ((decisions[3] as number) + 1) % original.vocabulary;
    const candidate = withShortcut(original, { after: tokens.slice(time - 3, time + 1), next: wrong });
    const results = await compare(engine, original, candidate, documents.slice(0, 1), { decision: "argmax" });
    expect(results).toMatchObject([{ flips: 1 }]);
    const [own] = await decidedDocuments(engine, candidate, documents.slice(0, 1));
    expect(own?.decisions).toEqual(decisions.with(3, wrong));
  });

  test("change nothing where they decide as the original does", async () => {
    const [decided] = await decidedDocuments(engine, original, documents);
    const { tokens, scored, decisions, margins } = decided as DecidedDocument;
    const time = scored[3] as number;
    const candidate = withShortcut(original, {
      after: tokens.slice(time - 3, time + 1),
      next: decisions[3] as number,
    });
    const results = await compare(engine, original, candidate, documents.slice(0, 1), { decision: "argmax" });
    expect(results).toMatchObject([{ flips: 0, kl: 0 }]);
    expect(Math.min(...margins)).toBeGreaterThanOrEqual(0);
  });
});

describe("Comparison", () => {
  test("gives every further candidate the numbers that a comparison of its own gives", async () => {
    const comparison = new Comparison(engine, original, documents, { decision: "argmax" });
    expect(await comparison.with(original)).toEqual(
      await compare(engine, original, original, documents, { decision: "argmax" }),
    );
    for (const seed of [2, 3]) {
      const candidate = lift(randomLiftSource(seed));
      const alone = await compare(engine, original, candidate, documents, { decision: "argmax" });
      expect(await comparison.with(candidate)).toEqual(alone);
    }
  });
});

describe("summarise", () => {
  const result = (cluster: string, flips: number): DocumentFidelity => {
    return { cluster, domain: "d", positions: 10, flips, confidentPositions: 5, confidentFlips: 0, kl: flips / 10 };
  };

  test("divides sums by positions and draws intervals around the value", () => {
    const results = Array.from({ length: 40 }, (_, index) => result(`d/${index}`, index % 4));
    const { positions, flips, confidentFlips, kl } = summarise(results, 3);
    expect(positions).toBe(400);
    expect(flips.value).toBeCloseTo(0.15);
    // Standard error of the mean of 0, .1, .2, .3 in equal parts over 40 documents: .0177; 1.96 of them to each side.
    expect(flips.low).toBeCloseTo(0.15 - 0.035, 2);
    expect(flips.high).toBeCloseTo(0.15 + 0.035, 2);
    expect(kl.value).toBeCloseTo(0.015);
    expect(confidentFlips).toEqual({ value: 0, low: 0, high: 0 });
  });

  test("is the same for the same seed, and wider where documents come in clusters", () => {
    const apart = Array.from({ length: 40 }, (_, index) => result(`d/${index}`, index % 4));
    const together = apart.map((each, index) => ({ ...each, cluster: `d/${index % 4}` }));
    expect(summarise(apart, 3)).toEqual(summarise(apart, 3));
    const [narrow, wide] = [summarise(apart, 3).flips, summarise(together, 3).flips];
    expect(wide.high - wide.low).toBeGreaterThan(2 * (narrow.high - narrow.low));
  });
});

function withShortcut(program: Program, rule: Shortcut): Program {
  const origin = { tensors: [], passes: ["test"] };
  const heldOut = { decided: 0, precision: 1 };
  return {
    ...program,
    shortcuts: { kind: "shortcuts", id: "shortcuts", shape: ["time"], origin, rules: [rule], heldOut },
  };
}

/** The first head of the first block writes nothing. */
function withoutHead(program: Program): Program {
  const origin = { tensors: [], passes: [] };
  const vector = { name: "nothing", shape: [program.width], origin };
  return {
    ...program,
    tensors: program.tensors.with([["nothing", new Float32Array(program.width)]]),
    blocks: program.blocks.map((block, index) => ({
      ...block,
      attention: {
        ...block.attention,
        heads: block.attention.heads.map((head, place) =>
          index + place > 0
            ? head
            : {
                ...head,
                looks: [],
                moves: { kind: "constantMove", id: "m", shape: ["time", program.width], origin, vector },
              },
        ),
      },
    })),
  };
}
