import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitPackage } from "../../src/codegen/index.ts";
import { shortcutPlans } from "../../src/codegen/shortcut-files.ts";
import { createWasmMachine, instantiate } from "../../src/engine/index.ts";
import { verify, type Program } from "../../src/ir/index.ts";
import { createProgram, createTokenizer, indexOfHighest, type Shortcut } from "../../src/runtime/index.ts";
import { tinyTokenizerData } from "../runtime/tiny-tokenizer.ts";
import { build, emptyFolder, loaded, randomInput } from "./emitted.ts";

const withRules = (program: Program, rules: readonly Shortcut[]): Program => ({
  ...program,
  shortcuts: {
    kind: "shortcuts",
    id: "shortcuts",
    shape: ["time"],
    origin: { tensors: [], passes: ["test"] },
    rules,
    heldOut: { decided: 0.0512, precision: 0.971 },
  },
});

const random = randomInput(5);
/** After every hostile word comes the one before it; after the first two together, the last one. */
const rules = [
  ...Array.from({ length: 20 }, (_, token): Shortcut => ({ after: [token], next: (token + 19) % 20 })),
  { after: [0, 1], next: 19 },
];
const input = { ...random, program: withRules(random.program, rules) };
const folder = emptyFolder();
const read = (path: string): string => readFileSync(join(folder, path), "utf8");
const answers = (rows: readonly Float32Array[]): number[] => rows.map(indexOfHighest);

beforeAll(async () => {
  verify(input.program, "test");
  await emitPackage(input, folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("a package with shortcuts", () => {
  it("decides what the interpreter decides", async () => {
    build(folder);
    const machine = createWasmMachine();
    const interpreted = createProgram(machine, instantiate(machine, input.program), createTokenizer(input.tokenizer));
    const program = await loaded(folder);
    const ids = [3, 0, 1, 17, 19, 2];
    expect(answers(program.logits(ids))).toEqual([2, 19, 19, 16, 18, 1]);
    expect(program.logits(ids)).toEqual(interpreted.logits(ids));
    expect([...program.generate([4], { tokens: 3 })]).toEqual([3, 2, 1]);
  });

  it("says how much they decide and how well, and that they say what is predicted, not how", () => {
    const text = read("src/shortcuts.ts").replaceAll(/\s+\*?\s*/gu, " ");
    expect(text).toContain("21 shortcuts.");
    expect(text).toContain("they decide 5.1 % of all positions, and in 97 % of those as the original does");
    expect(text).toContain("They say what is predicted, not how");
  });

  it("lets the rest of the program decide again where a person deletes a line", async () => {
    const path = "src/shortcuts-01.ts";
    const lines = read(path).split("\n");
    const line = lines.findIndex((text) => text.trim().startsWith('["plain",'));
    expect(line).toBeGreaterThan(0);
    const edited = emptyFolder();
    await emitPackage(input, edited);
    writeFileSync(join(edited, path), lines.toSpliced(line, 1).join("\n"));
    build(edited);
    const program = await loaded(edited);
    const machine = createWasmMachine();
    const rest = createProgram(machine, instantiate(machine, random.program), createTokenizer(input.tokenizer));
    expect(program.logits([3, 19])[1]).toEqual(rest.logits([3, 19])[1]);
    expect(answers(program.logits([3, 19]))[0]).toBe(2);
    rmSync(edited, { recursive: true });
  });

  it("has none of it where the program has no shortcuts", () => {
    expect(shortcutPlans(random.program, random.tokenizer)).toEqual([]);
  });
});

describe("shortcuts as text", () => {
  it("are one text where the tokenizer cuts it as it was, and token by token elsewhere", () => {
    const data = tinyTokenizerData();
    const tokenizer = createTokenizer(data);
    const [of, the] = tokenizer.encode(" of the");
    const apart = [...tokenizer.encode(" t"), ...tokenizer.encode("he")];
    expect(apart).toHaveLength(2);
    const [next] = tokenizer.encode(" time");
    const program = withRules(random.program, [
      { after: [of as number, the as number], next: next as number },
      { after: apart, next: next as number },
    ]);
    const text = JSON.stringify(shortcutPlans(program, data)[1]?.source);
    expect(text).toContain(JSON.stringify('[" of the", " time"],').slice(1, -1));
    expect(text).toContain(JSON.stringify('[[" t", "he"], " time"],').slice(1, -1));
  });

  it("are cut into files that a reviewer is shown whole", () => {
    const data = tinyTokenizerData();
    const many = Array.from({ length: 1000 }, (_, index): Shortcut => ({ after: [300 + (index % 600), 40], next: 50 }));
    const plans = shortcutPlans(withRules(random.program, many), data).slice(1);
    expect(plans.map(({ path }) => path)).toEqual([
      "src/shortcuts-01.ts",
      "src/shortcuts-02.ts",
      "src/shortcuts-03.ts",
    ]);
    for (const { source } of plans) expect(JSON.stringify(source).split("],").length).toBeLessThan(390);
  });
});
