import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitPackage } from "../../src/codegen/index.ts";
import { createWasmMachine, instantiate } from "../../src/engine/index.ts";
import type { Predicate } from "../../src/ir/index.ts";
import { createProgram, createTokenizer } from "../../src/runtime/index.ts";
import { applyReplacements, numbered } from "../../src/simplify/index.ts";
import { randomTokens } from "../ir/random-model.ts";
import { build, emptyFolder, loaded, randomInput } from "./emitted.ts";

const original = randomInput(8);
const [named] = original.program.tokenSets;
if (!named) throw new Error("The random vocabulary has no named set.");

/** Every word that tries to break out of a string, and one set that the vocabulary names. */
const hostile = { name: "HOSTILE", tokens: Array.from({ length: 19 }, (_, id) => id).filter((id) => id !== 7) };
const when: Predicate = {
  kind: "and",
  of: [
    { kind: "token", back: 0, set: hostile },
    { kind: "not", of: [{ kind: "anyOfLast", count: 2, set: { name: named.name, tokens: named.tokens } }] },
  ],
};
const seen: Predicate = { kind: "repeats", length: 1 };

const program = applyReplacements(original.program, [
  {
    kind: "rule",
    block: 1,
    when,
    levels: [
      [3, -0.1, 0.9],
      [5, 0, 2],
    ],
    proposer: "test",
  },
  { kind: "rule", block: 1, when: seen, levels: [[7, 0, 1]], proposer: "test" },
]);
const accepted = {
  action: "accepted",
  pass: "test",
  reason: "it holds",
  predictedKl: 0.0002,
  explained: 0.93,
} as const;
const input = {
  ...original,
  program,
  ledger: numbered([...original.ledger, { ...accepted, site: "block01.mlp.neuron0003" }]),
};
const folder = emptyFolder();
const rules = (): string => readFileSync(join(folder, "src/block-01/rules.ts"), "utf8");

beforeAll(async () => {
  await emitPackage(input, folder);
  build(folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the rules of an emitted package", () => {
  it("compute what the interpreter computes, bit for bit", async () => {
    const machine = createWasmMachine();
    const interpreted = createProgram(machine, instantiate(machine, program), createTokenizer(input.tokenizer));
    const ids = randomTokens(3, program.context, program.vocabulary);
    const emitted = await loaded(folder);
    expect(emitted.logits(ids).flatMap((row) => [...row])).toEqual(interpreted.logits(ids).flatMap((row) => [...row]));
    expect([...emitted.generate([1, 2], { tokens: 8 })]).toEqual([...interpreted.generate([1, 2], { tokens: 8 })]);
  });

  it("are conditions over named sets of decoded text, never ids", () => {
    expect(rules()).toContain(`when: (here) => here.token.isIn(HOSTILE) && !here.anyOfLast(2, ${named.name}),`);
    expect(rules()).toContain(`const ${named.name} = tokenSet(tokenizer, vocabulary.${named.name});`);
    expect(rules()).toContain("when: (here) => here.seenBefore,");
    expect(rules()).toContain('"<script>"');
  });

  it("say in their comments what they stand for, cost and explain", () => {
    expect(rules()).toMatch(/Stands for 2[\s*]+neurons\.[^]*0\.00020 nats[^]*explains 93 %[^]*export const rule0003/u);
  });
});
