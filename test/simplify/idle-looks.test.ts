import { afterAll, expect, test } from "vitest";
import { Engine } from "../../src/engine/index.ts";
import { mapHeads, type LookNode } from "../../src/ir/index.ts";
import { withoutIdleLooks } from "../../src/simplify/idle-looks.ts";
import { randomDocuments } from "../engine/random-documents.ts";
import { canonicalProgram } from "./canonical-program.ts";

const engine = new Engine({ workers: 1 });
afterAll(() => engine.close());

const base = { shape: ["time", "time"] as const, origin: { tensors: [], passes: [] } };
const kernel: LookNode = {
  ...base,
  id: "block00.head00.kernel",
  kind: "kernelLook",
  rule: {
    kind: "kernel",
    steps: [
      [0, 3],
      [20, -3],
    ],
  },
};
const match: LookNode = {
  ...base,
  id: "block00.head00.sameToken",
  kind: "matchLook",
  rule: { kind: "match", keyBack: 0, scores: [0] },
};
const program = mapHeads(canonicalProgram(3, { layers: 1, heads: 2 }), (head) =>
  head.id === "block00.head00" ? { ...head, looks: [kernel, match] } : head,
);
const text = { engine, select: randomDocuments(5, 20, 9, 20), decision: "argmax" } as const;

test("a look that does nothing is left out, one that does something stays, and so do heads that look by weights", async () => {
  const found = await withoutIdleLooks({ ...text, original: program }, program);
  expect(found.idle).toEqual([match.id]);
  const [ruled, dense] = found.program.blocks[0]?.attention.heads ?? [];
  expect(ruled?.looks).toEqual([kernel]);
  expect(dense).toBe(program.blocks[0]?.attention.heads[1]);
});

test("a head keeps its last look, whatever it does", async () => {
  const last = mapHeads(program, (head) => (head.id === "block00.head00" ? { ...head, looks: [match] } : head));
  const found = await withoutIdleLooks({ ...text, original: last }, last);
  expect(found.idle).toEqual([]);
  expect(found.program).toBe(last);
});

test("a look that helps in one text of twenty alone is left out, one that helps in all stays", async () => {
  const look: LookNode = { ...match, rule: { kind: "match", keyBack: 0, scores: [2] } };
  const original = mapHeads(program, (head) =>
    head.id === "block00.head00" ? { ...head, looks: [kernel, look] } : head,
  );
  expect((await withoutIdleLooks({ ...text, original }, original)).idle).toEqual([]);
  // The same token twice is all that the look sees.
  const select = text.select.map((document, index) => ({
    ...document,
    tokens: index === 0 ? document.tokens : document.tokens.map((_, time) => (index + time) % 20),
  }));
  expect((await withoutIdleLooks({ ...text, select, original }, original)).idle).toEqual([look.id]);
});
