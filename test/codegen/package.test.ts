import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Project, ts } from "ts-morph";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFiles } from "../../src/codegen/emit.ts";
import { emitPackage, type Manifest } from "../../src/codegen/index.ts";
import { createWasmMachine, instantiate } from "../../src/engine/index.ts";
import { createProgram, createTokenizer, readHeader } from "../../src/runtime/index.ts";
import { randomTokens } from "../ir/random-model.ts";
import { build, emptyFolder, loaded, randomInput } from "./emitted.ts";

const NODE_TYPES = fileURLToPath(new URL("../../node_modules/@types", import.meta.url));

const input = randomInput(5);
const folder = emptyFolder();
const read = (path: string): string => readFileSync(join(folder, path), "utf8");

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => !path.startsWith("dist/"))
    .sort();
}

const sources = () => filesOf(folder).filter((path) => path.startsWith("src/"));
const rows = (all: readonly Float32Array[]): number[] => all.flatMap((row) => [...row]);

beforeAll(async () => {
  await emitPackage(input, folder);
  build(folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("an emitted package", () => {
  it("builds with plain tsc alone in a folder, and computes what the interpreter computes, bit for bit", async () => {
    const machine = createWasmMachine();
    const interpreted = createProgram(machine, instantiate(machine, input.program), createTokenizer(input.tokenizer));
    const program = await loaded(folder);
    expect(program.context).toBe(input.program.context);
    for (const [seed, length] of [
      [1, 1],
      [2, 7],
      [3, input.program.context],
    ] as const) {
      const ids = randomTokens(seed, length, input.program.vocabulary);
      expect(rows(program.logits(ids))).toEqual(rows(interpreted.logits(ids)));
    }
    expect([...program.generate([1, 2], { tokens: 8 })]).toEqual([...interpreted.generate([1, 2], { tokens: 8 })]);
  });

  it("speaks the original's words", async () => {
    const program = await loaded(folder);
    expect(program.decode(program.encode("plain */ @deprecated"))).toBe("plain */ @deprecated");
  });

  it("runs in a process of its own", () => {
    const script = `const { load } = await import("./dist/index.js"); console.log((await load()).decode([19]));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: folder });
    expect(output.toString()).toBe("plain\n");
  });

  it("type-checks beside the types of Node, too", () => {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(NODE_TYPES, join(folder, "node_modules", "@types"), "junction");
    try {
      build(folder, "--noEmit", "--types", "node");
    } finally {
      rmSync(join(folder, "node_modules"), { recursive: true });
    }
  });

  it("depends on nothing, and only one file imports from Node", () => {
    const settings = JSON.parse(read("package.json")) as Record<string, unknown>;
    expect(Object.keys(settings).filter((key) => /dependencies|version/iu.test(key))).toEqual([]);
    const imports = sources().flatMap((path) =>
      [...read(path).matchAll(/(?:from|import) "([^"]+)"/gu)].map(([, module = ""]) => ({ path, module })),
    );
    expect(imports.filter(({ module }) => !module.startsWith("."))).toEqual([
      { path: "src/weights.ts", module: "node:fs" },
    ]);
  });

  it("keeps every file within what a pull request shows", () => {
    for (const path of sources()) {
      const text = read(path);
      expect(text.split("\n").length, path).toBeLessThanOrEqual(400);
      expect(Buffer.byteLength(text), path).toBeLessThanOrEqual(20_000);
      expect(Math.max(...text.split("\n").map((line) => line.length)), path).toBeLessThanOrEqual(140);
    }
  });

  it("documents every exported declaration", () => {
    const project = new Project({ useInMemoryFileSystem: true });
    const files = sources().map((path) => project.createSourceFile(`/${path}`, read(path)));
    const undocumented = files.flatMap((file) =>
      [...file.getExportedDeclarations()].flatMap(([name, declarations]) =>
        declarations
          .filter(({ compilerNode }) => ts.getJSDocCommentsAndTags(compilerNode).length === 0)
          .map(() => `${file.getFilePath()} ${name}`),
      ),
    );
    expect(undocumented).toEqual([]);
  });

  it("says of each head what it is: by rule, constant or unexplained", () => {
    const byRule = read("src/block-00/head-00.ts");
    expect(byRule).toContain("Looks at: the previous token, by distance alone.");
    expect(byRule).toContain("Replaces 64 query and key weights. Costs about 0.00012 nats.");
    expect(byRule).toContain("export const previousTokenHead00: Head = {");
    const constant = read("src/block-00/head-01.ts").replaceAll(/\s*\n \* /gu, " ");
    expect(constant).toContain("Writes the same vector everywhere: the mean of");
    expect(constant).toMatch(/The constant explains nothing of .* explains \d+ % of it on held-out text\./u);
    expect(read("src/block-01/head-00.ts")).toMatch(/\* Unexplained\. .*\n[^]*export const head00: Head/u);
  });

  it("says beside each score of a rule which tokens it is for", () => {
    const byRule = read("src/block-00/head-00.ts");
    const scores = [...byRule.matchAll(/^ +(sink\(.*\),|\[.*\],) \/\/ (.*)$/gmu)].map(([, , tokens]) => tokens);
    expect(scores).toEqual(["the first token's score", "the token itself", "1 back", "2 to 5 back", "6 or more back"]);
  });

  it("has the SHA-256 of every source file in the manifest", () => {
    const manifest = JSON.parse(read("manifest.json")) as Manifest;
    const hashes = sources().map((path) => [path, createHash("sha256").update(read(path)).digest("hex")]);
    expect(manifest.files).toEqual(Object.fromEntries(hashes));
  });

  it("names every tensor in the manifest as the source reads it and as the file holds it", async () => {
    const manifest = JSON.parse(read("manifest.json")) as Manifest;
    const header = readHeader(readFileSync(join(folder, "weights/model.safetensors")));
    expect(manifest.tensors.map(({ name }) => name)).toEqual([...header.tensors.keys()]);
    const entry = new URL(`file://${join(folder, "dist/weights.js")}`).href;
    const { W } = (await import(/* @vite-ignore */ entry)) as { W: unknown };
    for (const { identifier, shape } of manifest.tensors) {
      const keys = identifier.split(".").slice(1);
      const tensor = keys.reduce((value, key) => (value as Record<string, unknown>)[key], W);
      expect(tensor, identifier).toEqual({ offset: expect.any(Number) as number, shape });
    }
    expect(manifest.model).toEqual(input.model);
  });

  it("lists every head and MLP in the manifest, with the file and the identifier that they have", () => {
    const { sites } = JSON.parse(read("manifest.json")) as Manifest;
    expect(sites.map(({ id, kind }) => [id, kind])).toEqual([
      ["block00.head00", "mixed"],
      ["block00.head01", "rule"],
      ["block00.mlp", "mixed"],
      ["block01.head00", "opaque"],
      ["block01.head01", "opaque"],
      ["block01.mlp", "opaque"],
    ]);
    for (const { identifier, source } of sites) expect(read(source)).toContain(`export const ${identifier}: `);
    expect(sites[0]).toMatchObject({
      rule: "sink + kernel",
      looks: "rule",
      moves: "opaque",
      predictedKl: 0.00012,
      transformerLens: "blocks.0.attn.hook_z[..., 0, :]",
    });
  });

  it("has example edits that work as soon as they are uncommented", async () => {
    const edited = emptyFolder();
    try {
      for (const path of filesOf(folder)) cpSync(join(folder, path), join(edited, path));
      const text = read("src/edits.ts").replace(/^( *)\/\/ (?=import|silence|replaceLooks|prefer)/gmu, "$1");
      expect(text).toMatch(/^ {2}silence\(.*\n {2}replaceLooks\(.*\n {2}prefer\(/mu);
      writeFileSync(join(edited, "src/edits.ts"), text);
      build(edited);
      const before = (await loaded(folder)).logits([1, 2, 3]);
      expect(rows((await loaded(edited)).logits([1, 2, 3]))).not.toEqual(rows(before));
    } finally {
      rmSync(edited, { recursive: true });
    }
  });

  it("is the same to the byte when it is emitted again", async () => {
    const again = await packageFiles(randomInput(5));
    expect(again.map(({ path }) => path).sort()).toEqual(filesOf(folder));
    for (const { path, contents } of again) {
      expect(Buffer.compare(Buffer.from(contents), readFileSync(join(folder, path))), path).toBe(0);
    }
  });
});

describe("emitting", () => {
  it("writes nothing when the source does not type-check, and says where", async () => {
    const target = emptyFolder();
    const [set] = input.program.tokenSets;
    const misnamed = { ...input.program, tokenSets: set ? [{ ...set, name: "NOT A NAME" }] : [] };
    await expect(emitPackage({ ...input, program: misnamed }, target)).rejects.toThrow(
      "A token set cannot be called NOT A NAME.",
    );
    const unnamed = { ...input.program, context: "x" as unknown as number };
    await expect(emitPackage({ ...input, program: unnamed }, target)).rejects.toMatchObject({
      code: "internal",
      message: expect.stringMatching(/src\/model\.ts:\d+ does not type-check: Cannot find name 'x'/u) as string,
    });
    expect(readdirSync(target)).toEqual([]);
    rmSync(target, { recursive: true });
  });
});
