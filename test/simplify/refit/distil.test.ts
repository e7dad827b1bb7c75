import { afterAll, describe, expect, test } from "vitest";
import { compare, Engine } from "../../../src/engine/index.ts";
import { lift, parametersOf, parameterValues, withParameters, type Program } from "../../../src/ir/index.ts";
import { distil, type DistilInput } from "../../../src/simplify/refit/distil.ts";
import { randomDocuments } from "../../engine/random-documents.ts";
import { randomLiftSource, seededNormal } from "../../ir/random-model.ts";

const original = lift(randomLiftSource(1));
const layout = parametersOf(original);
const normal = seededNormal(3);
const student = withParameters(
  original,
  layout,
  parameterValues(original, layout).map((value) => value + 0.05 * normal()),
);
const heldOut = randomDocuments(500, 12, 9, 20);
const engines = [1, 2].map((workers) => new Engine({ workers }));
const [engine, pair] = engines as [Engine, Engine];
afterAll(async () => {
  await Promise.all(engines.map((each) => each.close()));
});

function input(changes: Partial<DistilInput> = {}): DistilInput {
  return {
    engine,
    original,
    program: student,
    documents: randomDocuments(7, 40, 9, 20),
    decision: "argmax",
    seed: 1,
    steps: 20,
    tokensPerStep: 60,
    rate: 3e-3,
    measure: async (program) => {
      const results = await compare(engine, original, program, heldOut, { decision: "argmax" });
      return results.reduce((sum, { kl }) => sum + kl, 0) / results.reduce((sum, each) => sum + each.positions, 0);
    },
    every: 5,
    cache: memoryCache().cache,
    key: ["test"],
    ...changes,
  };
}

describe("distil", () => {
  test("lowers KL on text that it does not train on, and says how it went", async () => {
    const { program, steps, before, after, curve } = await distil(input({ steps: 60, every: 20 }));
    expect(after).toBeLessThan(before / 2);
    expect(await input().measure(program)).toBe(after);
    expect(steps).toBe(60);
    expect(curve.map(({ step }) => step)).toEqual([0, 20, 40, 60]);
    expect(curve[0]?.heldOut).toBe(before);
    expect(parametersOf(program)).toEqual(layout);
  });

  test("changes only what is trainable, and nothing at a rate of 0", async () => {
    const trainable: DistilInput["trainable"] = ({ kind }) => kind.startsWith("norm.");
    const rateOf: DistilInput["rateOf"] = ({ kind }) => (kind === "norm.gain" ? 1 : 0);
    const { program } = await distil(input({ trainable, rateOf }));
    const changed = program.tensors.names.filter(
      (name) => String(program.tensors.get({ name })) !== String(student.tensors.get({ name })),
    );
    expect(changed).toHaveLength(5);
    for (const name of changed) expect(name).toMatch(/norm\.gain$/i);
  });

  test("gives back the very same program, and ends early, where held-out KL does not fall", async () => {
    let measurements = 0;
    const measure = (): Promise<number> => Promise.resolve(++measurements);
    const result = await distil(input({ measure, patience: 2 }));
    expect(result.program).toBe(student);
    expect(result).toMatchObject({ steps: 10, before: 1, after: 1 });
  });

  test("gives the same bits with another number of workers", async () => {
    const [one, two] = [await distil(input()), await distil(input({ engine: pair }))];
    expect(two.curve).toEqual(one.curve);
    expect(parameterValues(two.program, layout)).toEqual(parameterValues(one.program, layout));
  });

  test("goes on from its last measurement after it was killed, to the same bits, and makes no step twice", async () => {
    const whole = await distil(input());
    const { cache, puts } = memoryCache();
    const controller = new AbortController();
    const onStep: DistilInput["onStep"] = (step) => {
      if (step === 12) controller.abort(new Error("killed"));
    };
    await expect(distil(input({ cache, signal: controller.signal, onStep }))).rejects.toThrow("killed");
    expect(puts()).toBe(2);
    const stepped: number[] = [];
    const resumed = await distil(input({ cache, onStep: (step) => stepped.push(step) }));
    expect(stepped).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(resumed.curve).toEqual(whole.curve);
    expect(bitsOf(resumed.program)).toEqual(bitsOf(whole.program));
    const again = await distil(input({ cache, onStep: () => expect.unreachable() }));
    expect(bitsOf(again.program)).toEqual(bitsOf(whole.program));
  });
});

const bitsOf = (program: Program): Float32Array => parameterValues(program, layout);

function memoryCache(): { cache: DistilInput["cache"]; puts: () => number } {
  const kept = new Map<string, Uint8Array>();
  let puts = 0;
  const cache = {
    get: (key: string) => Promise.resolve(kept.get(key)),
    put: (key: string, bytes: Uint8Array) => {
      puts++;
      kept.set(key, bytes);
      return Promise.resolve();
    },
  };
  return { cache, puts: () => puts };
}
