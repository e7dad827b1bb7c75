import { afterAll, expect, test } from "vitest";
import { Engine } from "../../src/engine/index.ts";
import { mapHeads, withTensor, type LookNode, type Program } from "../../src/ir/index.ts";
import { withPositionKnots } from "../../src/simplify/position-knots.ts";
import { randomDocuments } from "../engine/random-documents.ts";
import { canonicalProgram } from "./canonical-program.ts";

const engine = new Engine({ workers: 1 });
afterAll(() => engine.close());

const origin = { tensors: [], passes: [] };
const even = (id: string): LookNode => ({
  ...{ kind: "kernelLook", id, shape: ["time", "time"], origin },
  rule: { kind: "kernel", steps: [[20, 0]] },
});
const dense = canonicalProgram(3, { layers: 1, heads: 2 });
const ruled = mapHeads(dense, (head) => ({ ...head, looks: [even(`${head.id}.kernel`)] }));

/** Its positions are corners at the first, the middle and the last one. */
function bent(program: Program): Program {
  const { embed, context, width } = program;
  const middle = Math.round((context - 1) / 2);
  return withTensor(
    program,
    embed.positions,
    Float32Array.from({ length: context * width }, (_, at) => {
      const position = Math.floor(at / width);
      const share = position <= middle ? position / middle : 1 - (position - middle) / (context - 1 - middle);
      return ((at % width) % 3) * share;
    }),
  );
}

const found = (program: Program, original = program) =>
  withPositionKnots(
    { engine, original, select: randomDocuments(5, 40, program.context, 20), decision: "argmax" },
    program,
  );

const tokensOf = ({ tensors, embed }: Program): Float32Array => tensors.get(embed.tokens);

test("positions on straight lines need the knots of these lines alone", async () => {
  const program = bent(ruled);
  const { embed, tensors } = await found(
    program,
    withTensor(
      program,
      program.embed.tokens,
      tokensOf(program).map((value) => 1.02 * value),
    ),
  );
  expect(embed.knots).toHaveLength(3);
  expect(embed.positions.shape).toEqual([3, program.width]);
  const values = tensors.get(embed.positions);
  expect(Math.max(...values)).toBeGreaterThan(4 * Math.max(...values.subarray(0, program.width)));
});

test("positions that matter one by one stay, and so do those that heads read by weights", async () => {
  expect(await found(ruled)).toBe(ruled);
  const program = bent(dense);
  expect(await found(program)).toBe(program);
});
