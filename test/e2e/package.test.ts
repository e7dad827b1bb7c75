import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { Project, ts } from "ts-morph";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { reportSchema } from "../../src/report/index.ts";
import { readHeader } from "../../src/runtime/index.ts";
import { emptyFolder, succeed } from "./command.ts";
import { writeTaskModel } from "./small-models.ts";

const REPOSITORY = join(import.meta.dirname, "..", "..");
/** Packages that are committed for people to read. */
const COMMITTED = ["output/tiny"].filter((folder) => existsSync(join(REPOSITORY, folder, "manifest.json")));

const MOST_LINES = 400;
const MOST_BYTES = 20_000;
/** Two or more whole numbers in a row: how a list of token ids would look. */
const LIST_OF_IDS = /[[(]\s*\d+(?:\s*,\s*\d+)+\s*,?\s*[\])]/u;

/** What a program that reads manifest.json may rely on. */
const manifestSchema = z.object({
  schema: z.literal(1),
  model: z.object({ id: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/), parameters: z.int().min(1) }),
  decision: z.enum(["argmax", "positive"]),
  sites: z.array(
    z.object({
      id: z.string().regex(/^block\d+\.(?:head\d+|mlp)$/),
      kind: z.enum(["opaque", "rule", "mixed"]),
      price: z.number().min(0),
      identifier: z.string(),
      source: z.string(),
      transformerLens: z.string(),
    }),
  ),
  tensors: z.array(
    z.object({
      name: z.string(),
      identifier: z.string().regex(/^W\./),
      shape: z.array(z.int().min(1)),
      role: z.enum(["opaque", "table", "constant", "embedding"]),
      origin: z.object({ tensors: z.array(z.string()), passes: z.array(z.string()) }),
    }),
  ),
});

const ledgerSchema = z.strictObject({
  step: z.int().min(1),
  action: z.enum(["exact", "accepted", "rejected", "refit"]),
  pass: z.string().min(1),
  site: z.string().min(1),
  reason: z.string().min(1),
  bitsSaved: z.number().optional(),
  explained: z.number().max(1).optional(),
  predictedKl: z.number().min(0).optional(),
  measuredKl: z.number().min(0).optional(),
  flips: z.number().min(0).max(1).optional(),
  flipsHigh: z.number().min(0).max(1).optional(),
});

describe.each(["a model that the test makes", ...COMMITTED])("the package of %s", (name) => {
  let folder = join(REPOSITORY, name);
  let sources: { readonly path: string; readonly text: string }[];
  const read = (path: string): string => readFileSync(join(folder, path), "utf8");

  beforeAll(async () => {
    if (!COMMITTED.includes(name)) {
      folder = join(emptyFolder(), "package");
      await succeed(["compile", writeTaskModel(emptyFolder()), "-o", folder]);
    }
    sources = readdirSync(join(folder, "src"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
      .sort()
      .map((path) => ({ path, text: read(path) }));
  });

  it("has no source file of more than 400 lines or 20 KB", () => {
    for (const { path, text } of sources) {
      expect(text.trimEnd().split("\n").length, path).toBeLessThanOrEqual(MOST_LINES);
      expect(Buffer.byteLength(text), path).toBeLessThanOrEqual(MOST_BYTES);
    }
  });

  it("documents every exported identifier", () => {
    const project = new Project({ useInMemoryFileSystem: true });
    const files = sources.map(({ path, text }) => project.createSourceFile(`/${path}`, text));
    const exported = files.flatMap((file) =>
      [...file.getExportedDeclarations()].map(([identifier, declarations]) => ({
        identifier: `${file.getFilePath()} ${identifier}`,
        documented: declarations.some(({ compilerNode }) => ts.getJSDocCommentsAndTags(compilerNode).length > 0),
      })),
    );
    expect(exported.length).toBeGreaterThan(20);
    expect(exported.filter(({ documented }) => !documented)).toEqual([]);
  });

  it("names tokens by what they say, never by their ids", () => {
    const ofTokens = sources.filter(({ path }) => /\/(?:vocabulary|rules)\.ts$/.test(path));
    expect(ofTokens.map(({ path }) => path)).toContain("src/vocabulary.ts");
    for (const { path, text } of ofTokens) expect(text, path).not.toMatch(LIST_OF_IDS);
  });

  it("imports from Node in src/weights.ts alone, and nothing from anywhere else", () => {
    const foreign = sources.flatMap(({ path, text }) =>
      ts
        .preProcessFile(text)
        .importedFiles.filter(({ fileName }) => !fileName.startsWith("."))
        .map(({ fileName }) => `${path} imports ${fileName}`),
    );
    expect(foreign.length).toBeGreaterThan(0);
    for (const line of foreign) expect(line).toMatch(/^src\/weights\.ts imports node:/);
  });

  it("has a report that says whether the budget is met, and counts the sources that are there", () => {
    const report = reportSchema.parse(JSON.parse(read("report.json")));
    expect(report.budget).toEqual({ metric: "flips", limit: 0.01, met: true });
    expect(report.fidelity.flips.high).toBeLessThanOrEqual(0.01);
    expect(report.source.documentedShare).toBe(1);
    expect(report.source.longestFile).toBeLessThanOrEqual(MOST_LINES);
  });

  it("has a manifest of every site and of every tensor in the weights", () => {
    const manifest = manifestSchema.parse(JSON.parse(read("manifest.json")));
    for (const { id, source, identifier } of manifest.sites) {
      const file = sources.find(({ path }) => path === source);
      expect(file?.text, id).toMatch(new RegExp(`export const ${identifier}\\b`));
    }
    expect(new Set(manifest.sites.map(({ id }) => id)).size).toBe(manifest.sites.length);
    const { tensors } = readHeader(readFileSync(join(folder, "weights", "model.safetensors")));
    expect(new Set(manifest.tensors.map((tensor) => tensor.name))).toEqual(new Set(tensors.keys()));
  });

  it("has a ledger whose every line can be read, with steps counted from 1", () => {
    const entries = read("ledger.jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => ledgerSchema.parse(JSON.parse(line)));
    expect(entries.map(({ step }) => step)).toEqual(entries.map((_entry, index) => index + 1));
    expect(entries.some(({ action }) => action === "exact")).toBe(true);
  });
});
