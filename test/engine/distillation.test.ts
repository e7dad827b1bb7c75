import { afterAll, describe, expect, test } from "vitest";
import { compare, Distillation, Engine } from "../../src/engine/index.ts";
import { lift, parametersOf, parameterValues, withParameters, type Program } from "../../src/ir/index.ts";
import type { Decision, TokenDocument } from "../../src/text/index.ts";
import { randomLiftSource, seededNormal } from "../ir/random-model.ts";
import { randomDocuments } from "./random-documents.ts";

const original = lift(randomLiftSource(1));
const layout = parametersOf(original);
const normal = seededNormal(3);
const student = withParameters(
  original,
  layout,
  parameterValues(original, layout).map((value) => value + 0.05 * normal()),
);
/** Five documents do not go evenly into lanes; the last one is scored in part. */
const documents: TokenDocument[] = randomDocuments(7, 5, 9, 20).map((document, index) =>
  index < 4 ? document : { ...document, scored: [2, 5] },
);
const engines = [1, 2, 4].map((workers) => new Engine({ workers }));
const [engine] = engines as [Engine];
afterAll(async () => {
  await Promise.all(engines.map((each) => each.close()));
});

describe("Distillation", () => {
  test.each<Decision>(["argmax", "positive"])(
    "gives the KL that a comparison gives, and its slope (%s)",
    async (decision) => {
      const { kl, positions, gradient } = await new Distillation(engine, original, { decision }).gradient(
        student,
        layout,
        documents,
      );
      expect(positions).toBe(4 * 8 + 2);
      expect(kl).toBeCloseTo(await klOf(student, decision), 6);
      const direction = gradient.map((slope) => slope / Math.hypot(...gradient));
      const moved = (distance: number) =>
        klOf(
          withParameters(
            student,
            layout,
            parameterValues(student, layout).map((value, index) => value + distance * (direction[index] as number)),
          ),
          decision,
        );
      // Along the gradient, KL changes by the gradient's norm; the step's own error is about its square.
      const slope = ((await moved(5e-3)) - (await moved(-5e-3))) / 1e-2;
      expect(slope / Math.hypot(...gradient)).toBeCloseTo(1, 2);
    },
  );

  test("gives the same bits with 1, 2 and 4 workers, and once the original's rows are kept", async () => {
    const results = await Promise.all(
      engines.map(async (each) => {
        const distillation = new Distillation(each, original, { decision: "argmax" });
        const fresh = await distillation.gradient(student, layout, documents);
        const first = { ...fresh, gradient: fresh.gradient.slice() };
        expect(await distillation.gradient(student, layout, documents)).toEqual(first);
        return first;
      }),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test("finds nothing to change in the original itself", async () => {
    const { kl, gradient } = await new Distillation(engine, original, { decision: "argmax" }).gradient(
      original,
      layout,
      documents,
    );
    expect(kl).toBeLessThan(1e-6);
    expect(Math.hypot(...gradient)).toBeLessThan(1e-5);
  });
});

async function klOf(program: Program, decision: Decision): Promise<number> {
  const results = await compare(engine, original, program, documents, { decision });
  const [sum, count] = results.reduce(([kl, all], each) => [kl + each.kl, all + each.positions], [0, 0]);
  return sum / count;
}
