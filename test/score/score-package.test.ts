import { readdirSync, rmSync, symlinkSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lift, mapHeads, type Program } from "../../src/ir/index.ts";
import { reportSchema } from "../../src/report/index.ts";
import { splitOf } from "../../src/text/document.ts";
import { writeHandMadePackage, type ManifestChanges } from "./hand-made-package.ts";
import { randomDocuments, randomModel, samples, score, temporaryFolder, withRules } from "./planted.ts";

const model = randomModel(1);
const original = lift(model);
const origin = { tensors: [], passes: [] };
const documents = randomDocuments(3);
const source = samples(documents);

/** The first block's MLP writes the same everywhere. */
const SILENT_MLP = `import { model } from "./model.ts";
import { silence } from "./runtime/index.ts";
export const edits = [silence(model.blocks[0].mlp)];`;

function packageOf(program: Program, changes?: ManifestChanges): string {
  const folder = temporaryFolder();
  writeHandMadePackage(folder, program, model.tokenizer, changes);
  return folder;
}

describe("the score of a package that is the original", () => {
  test("finds no difference and explains nothing", async () => {
    const report = await score({ folder: packageOf(original), model, source, budget: { metric: "exact", limit: 0 } });
    const nothing = { value: 0, low: 0, high: 0 };
    const { fidelity, explanation } = report;
    expect(fidelity).toMatchObject({ flips: nothing, kl: nothing, wer: nothing, ceDelta: nothing });
    expect(fidelity.match.value).toBe(1);
    expect(report.budget.met).toBe(true);
    expect(explanation).toMatchObject({
      headline: 0,
      recovery: 0,
      simulation: 0,
      falsification: { rules: 0, passed: 0 },
      coverage: { headsSymbolicQk: 0, headsSymbolic: 0, heads: 4, flopsNoLongerRun: 0, parametersNoLongerRead: 0 },
    });
    // Its weights weigh what the original's weigh; the handful of numbers in its source weighs a little more.
    expect(explanation.bits).toBeLessThan(0);
    expect(explanation.bits).toBeGreaterThan(-0.02);
    expect(() => reportSchema.parse(report)).not.toThrow();
  });
});

describe("the score of a package with rules", () => {
  test("counts them, tries them, and is the same with 1 and 2 workers", async () => {
    const folder = packageOf(withRules(original));
    const report = await score({ folder, model, source, workers: 2 });
    const { coverage, falsification, simulation, recovery, headline } = report.explanation;
    expect(coverage).toMatchObject({ headsSymbolicQk: 2, headsSymbolic: 1, heads: 4 });
    expect(falsification.rules).toBe(2);
    expect(coverage.flopsNoLongerRun).toBeGreaterThan(0);
    // Half of what one head of six sites writes, at most.
    expect(simulation).toBeGreaterThan(0);
    expect(simulation).toBeLessThan(1 / 12);
    expect(recovery).toBe(0);
    expect(headline).toBe(0);
    expect(await score({ folder, model, source, workers: 1 })).toEqual(report);
  });

  test("is the same whatever the manifest calls its weights", async () => {
    const explained = async (changes?: ManifestChanges) =>
      (await score({ folder: packageOf(original, changes), model, source })).explanation;
    expect(await explained({ role: "table", kind: "rule" })).toEqual(await explained());
  });

  test("a rule that changes nothing does not survive falsification", async () => {
    const rules = withRules(original);
    const idle = rules.tensors.with([["made.constant", new Float32Array(original.width).fill(1e-30)]]);
    const report = await score({ folder: packageOf({ ...rules, tensors: idle }), model, source });
    expect(report.explanation.falsification.rules).toBe(2);
    expect(report.explanation.falsification.passed).toBeLessThan(2);
  });
});

describe("a package whose parts are of no known kind", () => {
  test("is refused: nobody can say what they are", async () => {
    const folder = packageOf(original);
    const path = join(folder, "src", "model.ts");
    const source = readFileSync(path, "utf8").replaceAll("denseMove(", "planted(");
    writeFileSync(path, `${source}\nfunction planted(part) { return { ...part, kind: "planted" }; }`);
    await expect(score({ folder, model, source: samples(documents) })).rejects.toMatchObject({
      code: "package-broken",
    });
  });
});

describe("a package with edits", () => {
  test("is explained as it is used, edits included", async () => {
    const folder = packageOf(original, { edits: SILENT_MLP });
    const { explanation, fidelity } = await score({ folder, model, source });
    expect(fidelity.kl.value).toBeGreaterThan(0.001);
    expect(explanation.coverage.neurons.constant).toBe(12);
  });
});

describe("described", () => {
  const described = async (program: Program, sites: ManifestChanges["sites"] = {}) =>
    (await score({ folder: packageOf(program, { sites }), model, source })).explanation.coverage.described;
  /** What withRules has block 0's first head look by. */
  const closestRule = {
    sink: 0.5,
    steps: [
      [0, 1],
      [2, 0.25],
      [3, -1],
    ],
  };

  test("is unknown where nothing is described", async () => {
    expect(await described(original)).toBeNull();
  });

  test("is the same for a rule that only describes a head as for one that has replaced it", async () => {
    const replaced = (await described(withRules(original))) ?? 0;
    expect(replaced).toBeGreaterThan(0);
    expect(replaced).toBeLessThan(1 / 6);
    expect(await described(original, { "block00.head00": { closestRule } })).toBeCloseTo(replaced, 5);
    // 1/2 of the head: where it looks is a rule, what it moves is not. A description alone earns nothing of it.
    const folder = packageOf(original, { sites: { "block00.head00": { closestRule } } });
    expect((await score({ folder, model, source })).explanation).toMatchObject({ simulation: 0, headline: 0 });
  });

  test("counts of a head of rules alone how well it looks, with the original's values, where that is more", async () => {
    const looking = withRules(original);
    const head = looking.blocks[0]?.attention.heads[0];
    if (!head) throw new Error("There is no such head.");
    const shape = [looking.vocabulary, 1];
    const amounts = { name: "made.amounts", shape, origin };
    const directions = { name: "made.directions", shape: [1, looking.width], origin };
    const moves = {
      kind: "tokenVectors",
      id: "moved",
      shape: ["time", looking.width],
      origin,
      back: 0,
      amounts,
      directions,
    } as const;
    const moving = mapHeads(
      {
        ...looking,
        tensors: looking.tensors.with([
          [amounts.name, new Float32Array(looking.vocabulary)],
          [directions.name, new Float32Array(looking.width).fill(1)],
        ]),
      },
      (node) => (node.id === head.id ? { ...node, moves } : node),
    );
    // It writes nothing, so that it explains nothing by itself.
    const report = await score({ folder: packageOf(moving), model, source });
    expect(report.explanation.simulation).toBe(0);
    expect(report.explanation.coverage.described).toBeCloseTo((await described(looking)) ?? 0, 5);
  });

  test("counts the closest rule of a head that a constant replaced as it does where the head stayed, and nothing else of it", async () => {
    const constant = withRules(original);
    const sites = { "block01.head01": { closestRule } };
    const dense = (await described(original, sites)) ?? 0;
    expect(dense).toBeGreaterThan(0);
    const gained = ((await described(constant, sites)) ?? 0) - ((await described(constant)) ?? 0);
    expect(gained).toBeCloseTo(dense, 5);
    const explained = async (changes?: ManifestChanges) =>
      (await score({ folder: packageOf(constant, changes), model, source })).explanation;
    const [without, beside] = [await explained(), await explained({ sites })];
    expect({ ...beside, coverage: { ...beside.coverage, described: without.coverage.described } }).toEqual(without);
  });

  test("counts the better one of a head's own rule and the closest by distance", async () => {
    const replaced = (await described(withRules(original))) ?? 0;
    const far = { sink: 9, steps: [[0, 0]] };
    expect(await described(withRules(original), { "block00.head00": { closestRule: far } })).toBeCloseTo(replaced, 5);
    const sink = {
      kind: "sinkLook",
      id: "far",
      shape: ["time", "time"],
      origin,
      rule: { kind: "sink", score: 9 },
    } as const;
    const looking = mapHeads(withRules(original), (head) =>
      head.id === "block00.head00" ? { ...head, looks: [sink] } : head,
    );
    expect(await described(looking)).toBeLessThan(replaced - 1e-4);
    expect(await described(looking, { "block00.head00": { closestRule } })).toBeCloseTo(replaced, 5);
  });

  test("believes no head's own number, and weighs an MLP's by its price", async () => {
    expect(await described(original, { "block00.head00": { described: 1 } })).toBeNull();
    expect(await described(original, { "block00.mlp": { described: 0.6 } })).toBeCloseTo(0.6 / 6, 5);
    expect(await described(original, { "block00.mlp": { described: 0.6, price: 0.5 } })).toBeCloseTo(0.3, 5);
    expect(await described(original, { "block00.mlp": { described: -2 } })).toBe(0);
    const silent = { edits: SILENT_MLP, sites: { "block00.mlp": { described: 0.6 } } };
    const report = await score({ folder: packageOf(original, silent), model, source });
    expect(report.explanation.coverage.described).toBeCloseTo(0.6 / 6, 5);
  });

  test("refuses a rule that is too long to be read", async () => {
    const steps = Array.from({ length: 60 }, (_, back) => [back, 0]);
    const refused = described(original, { "block00.head00": { closestRule: { sink: 0, steps } } });
    await expect(refused).rejects.toThrow("sites.0.closestRule.steps");
  });
});

describe("what a score reads", () => {
  test("is the test split alone where fidelity is concerned", async () => {
    const folder = packageOf(withRules(original));
    const fidelity = async (changed: "calibrate" | "select" | "test" | undefined) => {
      const others = randomDocuments(4);
      const text = documents.map((document, index) => (splitOf(document.id) === changed ? others[index]! : document));
      return (await score({ folder, model, source: samples(text) })).fidelity;
    };
    const before = await fidelity(undefined);
    expect(await fidelity("calibrate")).toEqual(before);
    expect(await fidelity("select")).toEqual(before);
    expect(await fidelity("test")).not.toEqual(before);
  });

  test("is left as it was", async () => {
    const folder = packageOf(original);
    const before = contentsOf(folder);
    await score({ folder, model, source });
    expect(contentsOf(folder)).toEqual(before);
  });
});

describe("a score is refused", () => {
  test("where there is no package", async () => {
    await expect(score({ folder: "/nowhere", model, source })).rejects.toMatchObject({ code: "package-missing" });
  });

  test("where the manifest is damaged, with its place", async () => {
    const folder = packageOf(original);
    writeFileSync(join(folder, "manifest.json"), JSON.stringify({ schema: 1, sites: [{ id: "x", price: -1 }] }));
    const refused = score({ folder, model, source });
    await expect(refused).rejects.toMatchObject({ code: "package-broken" });
    await expect(refused).rejects.toThrow("sites.0.price");
  });

  test("where a link leads out of the folder", async () => {
    const folder = packageOf(original);
    rmSync(join(folder, "src", "model.ts"));
    symlinkSync("/etc/hostname", join(folder, "src", "model.ts"));
    await expect(score({ folder, model, source })).rejects.toMatchObject({ code: "package-broken" });
  });

  test("where the code does not run", async () => {
    const folder = packageOf(original);
    writeFileSync(join(folder, "src", "model.ts"), `throw new Error("broken on purpose");\nexport const model = {};`);
    await expect(score({ folder, model, source })).rejects.toThrow("broken on purpose");
  });

  test("where the package belongs to a model of another size", async () => {
    const folder = packageOf(original);
    const other = randomModel(1, { inner: 12, context: 80 });
    await expect(score({ folder, model: other, source })).rejects.toMatchObject({ code: "package-mismatch" });
  });

  test("where it is aborted", async () => {
    const folder = packageOf(original);
    const reason = new Error("stopped");
    await expect(score({ folder, model, source, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

function contentsOf(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path, readFileSync(path, "latin1")]);
}
