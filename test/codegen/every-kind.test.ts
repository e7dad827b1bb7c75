import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitPackage, type Manifest } from "../../src/codegen/index.ts";
import { createWasmMachine, instantiate } from "../../src/engine/index.ts";
import { createProgram, createTokenizer } from "../../src/runtime/index.ts";
import { randomTokens } from "../ir/random-model.ts";
import { build, emptyFolder, loaded } from "./emitted.ts";
import { CLASSES, everyKindInput } from "./every-kind.ts";

const input = everyKindInput(3);
const folder = emptyFolder();
const read = (path: string): string => readFileSync(join(folder, path), "utf8");
/** A file's comments as running text. */
const prose = (path: string): string => read(path).replace(/\s+(?:\* )?/gu, " ");
const rows = (all: readonly Float32Array[]): number[] => all.flatMap((row) => [...row]);
const values = (name: string): Float32Array => input.program.tensors.get({ name });

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

  it("names heads by the rule that moves their attention most, where a match has most of it", () => {
    expect(input.program.blocks.flatMap((_, block) => exportsOf(block))).toEqual([
      ...["previousTokenHead00", "tokenHead01", "classHead02", "head03"],
      ...["inductionHead00", "head01", "head02", "constantHead03"],
      ...["head00", "head01", "head02", "head03"],
    ]);
  });

  it("says where a head looks, what it moves, what that replaced, cost and explains", () => {
    const head = prose("src/block-00/head-00.ts");
    expect(head).toContain('Looks at, strongest first: the previous token; tokens like "is" and "took".');
    expect(head).toContain("Moves: a vector by the attended token, along 3 directions.");
    expect(head).toContain("Replaces 256 weights; tables of 232 numbers stand in their place.");
    expect(head).toContain("Costs about 0.0011 nats. On held-out text the rule explains 83 % of what the head writes.");
    const grouped = prose("src/block-01/head-00.ts");
    expect(grouped).toContain(
      "Moves: a vector by the group of the attended token, one of 23, with one for what stands first, along 2 directions.",
    );
    expect(grouped).toMatch(/ Groups of tokens farthest from the mean of all, .* "[A-Za-z]+", "[A-Za-z]+" +raises /u);
    expect(prose("src/block-00/head-02.ts")).toContain(
      'what follows LIKE_MR (from what follows STOPS); STOPS (from NOUNS); what follows tokens like "child" and "made".',
    );
    expect(prose("src/block-01/head-00.ts")).toContain(
      "74 % on a match of length 1, 93 % of 2, 98 % of 3 or more, where one token of 32 matches",
    );
  });

  it("says of a head what of it stays opaque, and how narrow that became", () => {
    const partly = prose("src/block-01/head-01.ts");
    expect(partly).toContain("Unexplained in part: opaque weights have a say in where it looks.");
    expect(partly).toContain("Its scores go through 2 directions, where the original has 4.");
    expect(partly).toContain("Moves: values through 3 opaque directions of the stream's 16, where the original has 4.");
    expect(prose("src/block-01/head-02.ts")).toContain(
      "Its scores go through 1 direction and its values go through 3 directions, where the original has 4.",
    );
  });

  it("shows the scores that the tables have", () => {
    const tokenScores = values("block00.head00.tokens");
    const text = read("src/block-00/head-00.ts");
    const shown = [...text.matchAll(/"(\w+)" (-?[\d.]+)(?=[,\n])/gu)];
    expect(shown.length).toBeGreaterThan(8);
    for (const [, word = "", score] of shown) expect(Number(score)).toBeCloseTo(tokenScores[idOf(word)] as number, 1);
    expect(Number(shown[0]?.[2])).toBeCloseTo(Math.max(...tokenScores), 1);

    const classScores = values("block00.head01.classes");
    const pairs = [...read("src/block-00/head-01.ts").matchAll(/(\w+) -> (\w+) (-?[\d.]+)/gu)];
    expect(pairs.length).toBeGreaterThan(3);
    for (const [, query = "", key = "", score] of pairs) {
      const row = classScores.subarray(classOf(query) * CLASSES.length, (classOf(query) + 1) * CLASSES.length);
      const mean = row.reduce((sum, value) => sum + value, 0) / CLASSES.length;
      expect(Number(score), `${query} -> ${key}`).toBeCloseTo((row[classOf(key)] as number) - mean, 1);
    }
  });

  it("says what became of an MLP's neurons, and what stands for them", () => {
    const mlp = prose("src/block-00/mlp.ts");
    expect(mlp).toContain(
      "Of 14 neurons, 2 are held at the activation that costs least, which is part of the constant; 3 are absorbed by a linear map; " +
        "3 are looked up in tables by token; the other 6 are unexplained.",
    );
    expect(mlp).toMatch(/ affine +a linear map of the normed stream through 2 opaque directions /u);
    expect(mlp).toMatch(/ classVectors2 +a vector by the class of the previous token /u);
    expect(mlp).toContain("Costs about 0.00025 nats, added up neuron by neuron.");
    expect(mlp).toContain(
      "linear maps explain 67 % to 85 % of each neuron and tables explain 61 % to 97 % of each neuron.",
    );
    expect(prose("src/block-01/mlp.ts")).toContain("All 14 neurons are looked up in tables by token.");
    expect(prose("src/block-01/mlp.ts")).toContain("On held-out text this explains 58 % of what the MLP writes.");
  });

  it("says that the remaining numbers were fitted again, what that bought, and where positions come from", () => {
    expect(prose("src/model.ts")).toContain(
      "fitted to the original again, which took 32 % off the KL divergence measured on held-out text, 0.0091 nats before",
    );
    expect(read("src/model.ts")).toContain(
      "// positions on straight lines between 5 knots, which spares 432 numbers\n    positions: interpolated(machine, {",
    );
  });

  it("lists the classes of tokens with their members, in the order of the numbers that rules use", async () => {
    const text = read("src/token-classes.ts");
    expect(text).toContain('// 5 tokens: "the", "a", "an", "this", "that"\n  "ARTICLES",');
    const entry = new URL(`file://${join(folder, "dist/vocabulary.js")}`).href;
    const { TOKEN_CLASSES, tokensOfClass } = (await import(/* @vite-ignore */ entry)) as {
      TOKEN_CLASSES: readonly string[];
      tokensOfClass(name: string): number[];
    };
    expect(TOKEN_CLASSES).toEqual(CLASSES.map(([name]) => name));
    for (const [name, words] of CLASSES) expect(tokensOfClass(name)).toEqual(words.split(" ").map(idOf));
  });

  it("counts as rules only what no opaque weights are left in", () => {
    const { sites, tensors } = JSON.parse(read("manifest.json")) as Manifest;
    expect(sites.map(({ id, kind, looks = "", moves = "" }) => [id.slice(5), kind, looks, moves].join(" "))).toEqual([
      "00.head00 rule rule rule",
      "00.head01 mixed rule opaque",
      "00.head02 rule rule rule",
      "00.head03 mixed rule opaque",
      "00.mlp mixed  ",
      "01.head00 rule rule rule",
      "01.head01 mixed opaque opaque",
      "01.head02 opaque opaque opaque",
      "01.head03 rule rule rule",
      "01.mlp rule  ",
      ...[0, 1, 2, 3].map((head) => `02.head0${head} opaque opaque opaque`),
      "02.mlp opaque  ",
    ]);
    expect(sites[4]?.neurons).toEqual({ total: 14, dense: 6, constant: 2, affine: 3, table: 3, rule: 0 });
    expect(sites[9]?.neurons).toEqual({ total: 14, dense: 0, constant: 0, affine: 0, table: 14, rule: 0 });
    expect(sites[0]).toMatchObject({ rule: "sink + kernel + token scores -> token vectors", explained: 0.83 });
    const roleOf = (identifier: string) => tensors.find((tensor) => tensor.identifier === identifier)?.role;
    expect(roleOf("W.tokenClasses")).toBe("table");
    expect(roleOf("W.block00.head01.classScores")).toBe("table");
    expect(roleOf("W.block00.head00.tokenVectors.amounts")).toBe("table");
    expect(roleOf("W.block00.mlp.classVectors")).toBe("table");
    expect(roleOf("W.block00.mlp.affine.input")).toBe("opaque");
  });

  it("keeps every file within what a pull request shows", () => {
    const { files } = JSON.parse(read("manifest.json")) as Manifest;
    for (const path of Object.keys(files)) {
      const text = read(path);
      expect(text.split("\n").length, path).toBeLessThanOrEqual(400);
      expect(Buffer.byteLength(text), path).toBeLessThanOrEqual(20_000);
      const comments = text.split("\n").filter((line) => /^\s*(?:\*|\/\/)/u.test(line));
      expect(Math.max(0, ...comments.map(({ length }) => length)), path).toBeLessThanOrEqual(140);
    }
  });

  it("has example edits for its classes and tables that work as soon as they are uncommented", async () => {
    const edited = emptyFolder();
    try {
      cpSync(folder, edited, { recursive: true });
      const examples = read("src/edits.ts").replace(/^( *)\/\/ (?=import|silence|replaceLooks|prefer)/gmu, "$1");
      expect(examples).toContain('  prefer(machine, tokensOfClass("ARTICLES"), -0.5)');
      expect(examples).toContain('(classHead02, classHead02.looks.filter(({ kind }) => kind !== "classes"))');
      const table = 'machine.values(W.block00.head01.classScores)[TOKEN_CLASSES.indexOf("NOUNS")] = 9;\n';
      const written = examples
        .replace("{ machine }", "{ machine, W }")
        .replace("tokensOfClass }", "tokensOfClass, TOKEN_CLASSES }");
      writeFileSync(join(edited, "src/edits.ts"), `${written}\n${table}`);
      build(edited);
      const before = (await loaded(folder)).logits([1, 2, 3]);
      expect(rows((await loaded(edited)).logits([1, 2, 3]))).not.toEqual(rows(before));
    } finally {
      rmSync(edited, { recursive: true });
    }
  });
});

/** Names that the files of a block's heads export. */
function exportsOf(block: number): string[] {
  const heads = input.program.blocks[block]?.attention.heads ?? [];
  return heads.map(
    (_, head) => /export const (\w+): Head/u.exec(read(`src/block-0${block}/head-0${head}.ts`))?.[1] ?? "",
  );
}

function idOf(word: string): number {
  return CLASSES.flatMap(([, words]) => words.split(" ")).indexOf(word);
}

function classOf(name: string): number {
  return CLASSES.findIndex(([own]) => own === name);
}
