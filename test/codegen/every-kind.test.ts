import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitPackage } from "../../src/codegen/index.ts";
import { createWasmMachine, instantiate } from "../../src/engine/index.ts";
import { createProgram, createTokenizer } from "../../src/runtime/index.ts";
import { randomTokens } from "../ir/random-model.ts";
import { build, emptyFolder, loaded } from "./emitted.ts";
import { everyKindInput } from "./every-kind.ts";

const input = everyKindInput(3);
const folder = emptyFolder();
const rows = (all: readonly Float32Array[]): number[] => all.flatMap((row) => [...row]);

beforeAll(async () => {
  await emitPackage(input, folder);
  build(folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("a package with parts of every kind", () => {
  it("computes what the interpreter computes, bit for bit", async () => {
    const machine = createWasmMachine();
    const interpreted = createProgram(machine, instantiate(machine, input.program), createTokenizer(input.tokenizer));
    const program = await loaded(folder);
    for (const [seed, length] of [
      [1, 1],
      [2, 9],
      [3, input.program.context],
    ] as const) {
      const ids = randomTokens(seed, length, input.program.vocabulary);
      expect(rows(program.logits(ids))).toEqual(rows(interpreted.logits(ids)));
    }
    expect([...program.generate([1, 2], { tokens: 12 })]).toEqual([...interpreted.generate([1, 2], { tokens: 12 })]);
  });
});
