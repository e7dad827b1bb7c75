import { afterAll, describe, expect, test } from "vitest";
import { compare, createWasmMachine, Distillation, Engine, instantiate, type Hint } from "../../src/engine/index.ts";
import {
  mapHeads,
  parametersOf,
  parameterValues,
  rewrite,
  withParameters,
  type MlpPartNode,
  type MoveNode,
  type Program,
} from "../../src/ir/index.ts";
import { read, startReading } from "../../src/runtime/index.ts";
import type { TokenDocument } from "../../src/text/index.ts";
import { seededNormal } from "../ir/random-model.ts";
import { programOfEveryKind } from "./every-kind.ts";
import { randomDocuments } from "./random-documents.ts";

const original = programOfEveryKind("gelu_new");
const WIDTH = original.width;
const student = ruled(original);
const layout = parametersOf(student);
const hints: readonly Hint[] = [
  { block: 1, head: 2, weight: 0.7 },
  { block: 0, weight: 1.3 },
];
const documents: TokenDocument[] = randomDocuments(7, 3, 9, 20).map((document, index) =>
  index < 2 ? document : { ...document, scored: [2, 5] },
);
const engines = [1, 2].map((workers) => new Engine({ workers }));
const [engine] = engines as [Engine];
afterAll(async () => {
  await Promise.all(engines.map((each) => each.close()));
});

describe("hints", () => {
  test("add the slope of what sites miss of the original's to that of KL", async () => {
    const { kl, gradient } = await gradientOn(engine, hints);
    expect(kl).toBeCloseTo((await gradientOn(engine, [])).kl, 6);
    const norm = Math.hypot(...gradient);
    const moved = (distance: number) =>
      objective(
        withParameters(
          student,
          layout,
          parameterValues(student, layout).map((value, at) => value + (distance * (gradient[at] as number)) / norm),
        ),
      );
    const slope = ((await moved(5e-3)) - (await moved(-5e-3))) / 1e-2;
    expect(slope / norm).toBeCloseTo(1, 2);
    expect(norm).toBeGreaterThan(1.05 * Math.hypot(...(await gradientOn(engine, [])).gradient));
  });

  test("give the same bits on two workers, and when documents are read again", async () => {
    const distillation = new Distillation(engines[1] as Engine, original, { decision: "argmax", hints });
    const first = (await distillation.gradient(student, layout, documents)).gradient.slice();
    expect(first).toEqual((await gradientOn(engine, hints)).gradient);
    expect((await distillation.gradient(student, layout, documents)).gradient).toEqual(first);
  });
});

async function gradientOn(on: Engine, own: readonly Hint[]) {
  const result = await new Distillation(on, original, { decision: "argmax", hints: own }).gradient(
    student,
    layout,
    documents,
  );
  return { ...result, gradient: result.gradient.slice() };
}

/** KL a position, and what is missed at each site, as the docs say it. */
async function objective(program: Program): Promise<number> {
  const results = await compare(engine, original, program, documents, { decision: "argmax" });
  const positions = results.reduce((sum, each) => sum + each.positions, 0);
  const kl = results.reduce((sum, each) => sum + each.kl, 0);
  const missed = documents.reduce((sum, document) => {
    const [own, originals] = [program, original].map((each) => outputs(each, document));
    return hints.reduce((inner, hint, index) => {
      const written = originals?.[index] ?? [];
      const errors = (own?.[index] ?? []).map((value, at) => value - (written[at] as number));
      return inner + (document.scored.length * hint.weight * spread(errors)) / spread(written);
    }, sum);
  }, 0);
  return (kl + missed) / positions;
}

/** What the sites of hints write, row after row. */
function outputs(program: Program, { tokens, position }: TokenDocument): number[][] {
  const machine = createWasmMachine();
  const model = instantiate(machine, program);
  const found = hints.map((): number[] => []);
  const keep = (block: number, head: number | undefined, values: Float32Array): void =>
    hints.forEach((hint, index) => {
      if (hint.block === block && hint.head === head) found[index] = [...values];
    });
  read(machine, model, startReading(machine, model, tokens.length, position), tokens, {
    headOutput: (block, head, output) => keep(block, head, machine.values(output)),
    mlpOutput: (block, output) => keep(block, undefined, machine.values(output)),
  });
  return found;
}

/** Sum of squared distances from the mean of all rows, each row less its own mean. */
function spread(values: readonly number[]): number {
  const rows = Array.from({ length: values.length / WIDTH }, (_, row) => values.slice(row * WIDTH, (row + 1) * WIDTH));
  const level = rows.map((row) => row.map((value) => value - row.reduce((sum, each) => sum + each, 0) / WIDTH));
  const means = Array.from(
    { length: WIDTH },
    (_, column) => level.reduce((sum, row) => sum + (row[column] as number), 0) / rows.length,
  );
  return level.flat().reduce((sum, value, at) => sum + (value - (means[at % WIDTH] as number)) ** 2, 0);
}

/** Other numbers, and the sites of hints by rules alone. */
function ruled(program: Program): Program {
  const normal = seededNormal(3);
  const origin = { tensors: [], passes: ["test"] };
  const values = new Map<string, Float32Array>();
  const handle = (name: string, ...shape: number[]) => {
    values.set(
      name,
      Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, () => 0.5 * normal()),
    );
    return { name, shape, origin };
  };
  const byToken = (id: string): MoveNode & MlpPartNode => ({
    ...{ kind: "tokenVectors", id, shape: ["time", program.width], origin, back: 0 },
    amounts: handle(`${id}.amounts`, program.vocabulary, 2),
    directions: handle(`${id}.directions`, 2, program.width),
  });
  const heads = mapHeads(program, (head, { block, index }) =>
    block === 1 && index === 2
      ? {
          ...head,
          looks: [
            {
              ...{ kind: "kernelLook", id: "hinted.kernel", shape: ["time", "time"], origin },
              rule: {
                kind: "kernel",
                steps: [
                  [0, 0.3],
                  [1, -0.2],
                ],
              },
            },
          ],
          moves: byToken("hinted.moves"),
        }
      : head,
  );
  const mlps = rewrite(heads, {
    mlp: (mlp) => (mlp.id === heads.blocks[0]?.mlp.id ? { ...mlp, parts: [byToken("hinted.mlp")] } : mlp),
  });
  return { ...mlps, tensors: program.tensors.with(values) };
}
