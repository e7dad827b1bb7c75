import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExtractedModel } from "../../src/extract/index.ts";
import { lift, type Program } from "../../src/ir/index.ts";
import { splitOf } from "../../src/text/document.ts";
import { writeHandMadePackage, type ManifestChanges } from "./hand-made-package.ts";
import { randomDocuments, samples, score, temporaryFolder, testDocuments } from "./planted.ts";
import { asTable, headByToken, inRules, mlpByToken, oneHot, Rewriting, tokenModel } from "./token-model.ts";

// Packages that cheat. Each is exposed by bits, recovery or simulation, so that the headline, which is their minimum, is no
// better than that of the same package without the cheat.

const documents = randomDocuments(3);
const source = samples(documents);
const planted = tokenModel();
const { original, rules } = inRules(planted);

function packageOf(program: Program, model: ExtractedModel, changes?: ManifestChanges): string {
  const folder = temporaryFolder();
  writeHandMadePackage(folder, program, model.tokenizer, changes);
  return folder;
}

const explained = async (folder: string, model: ExtractedModel = planted) =>
  (await score({ folder, model, source })).explanation;

describe("an honest package of rules", () => {
  test("is given all that it explains", async () => {
    const neurons = { total: 48, dense: 0, constant: 0, table: 48 };
    const { recovery, simulation, coverage, falsification, bits, headline } = await explained(
      packageOf(rules, planted, { sites: { "block00.mlp": { neurons }, "block01.mlp": { neurons } } }),
    );
    expect(recovery).toBeGreaterThan(0.9999);
    // One MLP and two heads of six sites; the others write nothing that varies.
    expect(simulation).toBeCloseTo(3 / 6, 4);
    expect(coverage).toMatchObject({ headsSymbolicQk: 4, headsSymbolic: 4 });
    // The second MLP has no table, whatever its manifest says of it.
    expect(coverage.neurons).toEqual({ constant: 48, affine: 0, table: 48, rule: 0, guarded: 0, total: 96 });
    expect(bits).toBeGreaterThan(0.5);
    expect(headline).toBeCloseTo(0.5, 4);
    // What writes nothing is idle, and said to be.
    expect(falsification.failed).toEqual(["block00.head00.moves", "block00.head01.moves", "block01.mlp.part0"]);
    expect(falsification).toMatchObject({ rules: 6, passed: 3 });
  });

  test("recovers a part of the model where the rest is opaque", async () => {
    const some = new Rewriting(original).mlpTable(0, ...asTable(original, mlpByToken(original, 0)));
    const { recovery, simulation } = await explained(packageOf(some.program, planted));
    expect(recovery).toBeGreaterThan(0);
    expect(recovery).toBeLessThan(0.95);
    expect(simulation).toBeCloseTo(1 / 6, 4);
  });
});

describe("a table that learned its text by heart", () => {
  const model = tokenModel({ hasPositions: true });
  const program = lift(model);

  test("foresees less of unseen text than one of means", async () => {
    const all = Array.from({ length: 40 }, (_, position) => position);
    const [means, learned] = [mlpByToken(program, 0, all), mlpByToken(program, 0, [39])].map(
      (table) => new Rewriting(program).mlpTable(0, ...asTable(program, table)).program,
    ) as [Program, Program];
    const good = await explained(packageOf(means, model), model);
    const bad = await explained(packageOf(learned, model), model);
    // Of six sites' equal prices, the MLP's.
    expect(6 * good.simulation).toBeGreaterThan(0.5);
    expect(bad.simulation).toBeLessThan(good.simulation - 0.05 / 6);
    expect(bad.recovery).toBeLessThan(good.recovery);
    expect(bad.headline).toBeLessThanOrEqual(good.headline);
  });
});

describe("weights that are called a rule", () => {
  test("as vectors of tokens through as many directions as the stream has", async () => {
    // amounts (20, 48) and directions (48, 48) hold more numbers than the head's value and output (2 x 48 x 24).
    const table = headByToken(original, 1, 0);
    const amounts = new Float32Array(20 * 48);
    const directions = new Float32Array(48 * 48);
    for (let token = 0; token < 20; token++) amounts[token * 48 + token] = 1;
    directions.set(table);
    const fake = new Rewriting(rules).headMoves(1, 0, amounts, directions).program;
    const [honest, renamed] = [await explained(packageOf(rules, planted)), await explained(packageOf(fake, planted))];
    expect(renamed.coverage.headsSymbolic).toBe(3);
    expect(renamed.simulation).toBeCloseTo(2.5 / 6, 4);
    expect(renamed.recovery).toBeLessThan(honest.recovery - 0.01);
    expect(renamed.bits).toBeLessThan(honest.bits);
    expect(renamed.headline).toBeLessThan(honest.headline);
  });

  test("as groups of tokens, which are numbers of the table as well", async () => {
    const headsThatCount = async (rows: number): Promise<number> => {
      const groups = Array.from({ length: 20 }, (_, token) => token % rows);
      const [amounts, directions] = [new Float32Array(rows * 39).fill(1), new Float32Array(39 * 48).fill(1)];
      const { program } = new Rewriting(rules).headMoves(1, 0, amounts, directions, groups);
      return (await explained(packageOf(program, planted))).coverage.headsSymbolic;
    };
    // 2 x 48 x 24 = 2,304 numbers are replaced: by 10 x 39 + 39 x 48 + 20 = 2,282, or by 2,321.
    expect(await headsThatCount(10)).toBe(4);
    expect(await headsThatCount(11)).toBe(3);
  });

  test("as a table of classes with a class for every token", async () => {
    const scores = Float32Array.from({ length: 400 }, (_, index) => Math.sin(index));
    const fake = new Rewriting(rules).headLooks(1, 0, scores).program;
    const renamed = await explained(packageOf(fake, planted));
    expect(renamed.coverage).toMatchObject({ headsSymbolicQk: 3, headsSymbolic: 3 });
    expect(renamed.simulation).toBeLessThan(2.5 / 6 + 1e-4);
    expect(renamed.falsification.rules).toBe(6);
  });

  test("as numbers in a source file, which cost more there", async () => {
    const folder = packageOf(original, planted);
    const before = (await explained(folder)).bits;
    const path = join(folder, "src", "model.ts");
    const neurons = original.blocks[0]?.mlp.parts.find((part) => part.kind === "densePart");
    if (!neurons) throw new Error("The model has no neurons.");
    const values = [...original.tensors.get(neurons.input)].map((value) => value.toFixed(3));
    appendFileSync(path, `\nexport const table = [${values.join(",")}];\n`);
    expect((await explained(folder)).bits).toBeLessThan(before - 0.1);
  });

  test("by a runtime that means something else by the names of rules", async () => {
    const folder = packageOf(rules, planted);
    appendFileSync(join(folder, "src", "runtime", "token-writes.ts"), "\n// mine\n");
    const { recovery, simulation, headline, coverage } = await explained(folder);
    expect({ simulation, headline, symbolic: coverage.headsSymbolic }).toEqual({
      simulation: 0,
      headline: 0,
      symbolic: 0,
    });
    expect(recovery).toBeLessThan(1e-6);
  });

  test("by a machine that computes something else", async () => {
    const folder = packageOf(rules, planted);
    const path = join(folder, "src", "weights.ts");
    const text = readFileSync(path, "utf8").replace(
      "/** Text to tokens. */",
      'Object.defineProperty(machine, "addRow", { value: machine.addRow.bind(machine) });\n',
    );
    writeFileSync(path, text);
    expect((await explained(folder)).headline).toBe(0);
  });
});

describe("text that was seen before", () => {
  test("is of no use where the program answers by heart: its model has to answer alike", async () => {
    const folder = packageOf(new Rewriting(rules).mlpConstant(0).program, planted);
    const path = join(folder, "src", "index.ts");
    const seen = Object.fromEntries(testDocuments(documents).map(({ tokens }) => [tokens.join(" "), tokens.slice(1)]));
    const text = readFileSync(path, "utf8").replace(
      "return createProgram(machine, model, tokenizer);",
      `const program = createProgram(machine, model, tokenizer);
  const seen: Record<string, number[]> = ${JSON.stringify(seen)};
  return { ...program, logits: (ids, options) => program.logits(ids, options).map((row, time) => {
    const next = seen[ids.join(" ")]?.[time];
    return next === undefined ? row : row.with(next, 100);
  }) };`,
    );
    writeFileSync(path, text);
    await expect(explained(folder)).rejects.toMatchObject({ code: "package-broken" });
    await expect(explained(folder)).rejects.toThrow("its rules explain nothing");
  });

  test("is no document that a score measures on, where it was fitted to", () => {
    const fitted = documents.filter(({ id }) => splitOf(id) !== "test").map(({ id }) => id);
    expect(testDocuments(documents).filter(({ id }) => fitted.includes(id))).toEqual([]);
  });
});

test("one-hot rows are the identity", () => {
  expect([...oneHot(2)]).toEqual([1, 0, 0, 1]);
});
