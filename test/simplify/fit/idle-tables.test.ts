import { afterAll, describe, expect, it } from "vitest";
import { Engine } from "../../../src/engine/index.ts";
import { mapHeads, type LookNode, type Program, type TensorHandle } from "../../../src/ir/index.ts";
import { profileProgram, type Profile } from "../../../src/profile/index.ts";
import { worthOfNumber } from "../../../src/simplify/cost.ts";
import { withoutIdleTables } from "../../../src/simplify/fit/idle-tables.ts";
import type { Workshop } from "../../../src/simplify/workshop.ts";
import { randomDocuments } from "../../engine/random-documents.ts";
import { seededNormal } from "../../ir/random-model.ts";
import { canonicalProgram } from "../canonical-program.ts";

const VOCABULARY = 24;
const LENGTH = 13;
const SAMPLING = { decision: "argmax", seed: 9 } as const;
const engine = new Engine({ workers: 1 });
afterAll(() => engine.close());

const origin = { tensors: [], passes: [] };
const shape = ["time", "time"] as const;
const scoresOf = (name: string): TensorHandle => ({ name, shape: [1, VOCABULARY], origin });
const byToken = (id: string, back: number): LookNode => ({
  kind: "tokenLook",
  id,
  shape,
  origin,
  back,
  scores: scoresOf(id),
});
const kernel: LookNode = {
  kind: "kernelLook",
  id: "kernel",
  shape,
  origin,
  rule: { kind: "kernel", steps: [[20, 0]] },
};

/** One block whose first head looks at some tokens more than at others. */
function lookingByTokens(): Program {
  const random = canonicalProgram(21, { layers: 1, heads: 2, width: 16, inner: 40, vocabulary: VOCABULARY });
  const looking = mapHeads(random, (head, { index }) =>
    index === 0 ? { ...head, looks: [kernel, byToken("useful", 0)] } : head,
  );
  const normal = seededNormal(3);
  const tensors = looking.tensors.with([
    ["useful", Float32Array.from({ length: VOCABULARY }, () => 2 * normal())],
    ["useless", new Float32Array(VOCABULARY)],
  ]);
  return { ...looking, tensors };
}

async function looksLeft(price: number): Promise<string[]> {
  const program = lookingByTokens();
  const calibrate = randomDocuments(5, 100, LENGTH, VOCABULARY);
  const select = randomDocuments(5000, 40, LENGTH, VOCABULARY);
  const measured = await profileProgram(engine, program, { calibrate, heldOut: select }, SAMPLING);
  const profile = {
    ...measured,
    heads: measured.heads.map((block) => block.map((head) => ({ ...head, price }))),
  } as Profile;
  const workshop = { engine, calibrate, training: () => calibrate, select, ...SAMPLING } as unknown as Workshop;
  const head = program.blocks[0]!.attention.heads[0]!;
  const replacement = { ...head, looks: [kernel, byToken("useless", 1), byToken("useful", 0)] };
  const { heads } = await withoutIdleTables(
    workshop,
    { program, heads: [{ block: 0, head: 0, replacement, explained: 1 }] },
    profile,
    8e-7,
  );
  expect(heads).toHaveLength(1);
  return heads[0]!.replacement.looks.map(({ id }) => id);
}

describe("what a number is worth", () => {
  it("grows with what may be spent, up to a point, and is most where nothing but rules stands", () => {
    const program = lookingByTokens();
    const worth = [1e-6, 1e-5, 1, 1e3, Infinity].map((most) => worthOfNumber(program, most));
    expect(worth[1]! / worth[0]!).toBeCloseTo(10, 6);
    expect(worth[3]).toBe(worth[2]);
    expect(worth[4]).toBeGreaterThan(worth[3]!);
    expect(worth).toEqual([...worth].sort((a, b) => a - b));
  });
});

describe("tables of scores", () => {
  it("stay where they foresee enough of a head that matters", async () => {
    expect(await looksLeft(1)).toEqual(["kernel", "useful"]);
  });

  it("go where the head matters too little for their numbers", async () => {
    expect(await looksLeft(1e-6)).toEqual(["kernel"]);
  });
});
