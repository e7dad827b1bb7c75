import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/runtime/index.ts";
import { reachableSources } from "../../src/score/reachable.ts";
import { hiddenBytes } from "../../src/score/hidden-bytes.ts";
import { plainCopy } from "../../src/score/plain-model.ts";
import { changedRuntime, ruleSourceBits, sourceBits } from "../../src/score/rule-source.ts";
import { sourceFacts } from "../../src/score/source-facts.ts";

const bits = (text: string, path = "src/block-00/head-00.ts"): number =>
  ruleSourceBits([{ path, text }], new Set(["block00.head00.query"]));

describe("ruleSourceBits", () => {
  test("charges a rule for its characters, without comments and spare white space", () => {
    const rule = `export const head: Head = { looks: [sink( 0.41 )], moves: denseMove(W.block00.head00.move) };`;
    expect(bits(rule)).toBe("sink(0.41)".length * 8);
    expect(bits(`/** Looks at 1,000 things. */\n${rule} // 42`)).toBe(bits(rule));
  });

  test("charges for functions, patterns, texts and numbers wherever they stand", () => {
    expect(bits("const when = (here) => here.isIn(MONTHS);")).toBeGreaterThan(0);
    expect(bits("const MONTHS = /^ (May|June)$/u;")).toBeGreaterThan(0);
    expect(bits("const table = [1.5, 2.5];")).toBe(6 * 8);
    expect(bits("const table = decode('AAAA');", "src/weights.ts")).toBeGreaterThan(0);
  });

  test("lets wiring pass: imports, types, names of tensors and of files", () => {
    const wiring = `import { W } from "../weights.ts";
      export interface Head { readonly size: 3 }
      export const query = tensor("block00.head00.query");
      export const bytes = readFileSync(new URL(\`../weights/\${name}\`, import.meta.url));`;
    expect(bits(wiring)).toBe(0);
    expect(bits("export const query = tensor('unknown');")).toBeGreaterThan(0);
  });
});

describe("sourceBits", () => {
  const size = { blocks: 2, heads: 4, tensors: 10 };
  const charged = (text: string): number => sourceBits([{ path: "src/model.ts", text }], new Set(), size);
  const secret = "QUJDREVG".repeat(10_000);

  test("charges what is hidden in names, keys, paths, or the order of free things", () => {
    const rest = 20_000;
    const hidden = secret.length * 8 - rest * 8;
    expect(charged(`export const ${secret} = W.tokens;`)).toBeGreaterThan(hidden);
    expect(charged(`export const keys = Object.keys({ ${secret}: W.tokens });`)).toBeGreaterThan(hidden);
    expect(charged(`export const path = "./${secret}";`)).toBeGreaterThan(hidden);
    expect(charged(`export const bits = [${"W.a,W.b,".repeat(10_000)}];`)).toBeGreaterThan(hidden);
    expect(charged(`export const text = "${secret}";`)).toBeGreaterThan(secret.length * 8);
  });

  test("lets the wiring of an architecture of this size pass", () => {
    expect(charged(`export const model = { blocks: [block00, block01], embed: W.embed };`)).toBe(0);
  });
});

describe("hiddenBytes", () => {
  const tokenizer = { kind: "words" as const, words: ["a"] };
  const hidden = (path: string, bytes: Uint8Array): number =>
    hiddenBytes({ others: [{ path, bytes }], weights: [] }, tokenizer);
  const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

  test("knows the original's tokenizer and this compiler's kernels, and nothing that passes for them", () => {
    const kernels = readFileSync(new URL("../../dist/kernels.wasm", import.meta.url));
    expect(hidden("weights/kernels.wasm", kernels)).toBe(0);
    expect(hidden("weights/kernels.wasm", Buffer.concat([kernels, Buffer.alloc(9)]))).toBe(kernels.length + 9);
    expect(hidden("weights/tokenizer.json", bytesOf(`${JSON.stringify(tokenizer)}\n`))).toBe(0);
    const more = bytesOf(JSON.stringify({ ...tokenizer, more: "QUJDREVG" }));
    expect(hidden("weights/tokenizer.json", more)).toBe(more.length);
  });

  test("finds long names of tensors", () => {
    const file = (name: string) => ({
      path: "weights/model.safetensors",
      bytes: writeSafetensors([{ name, shape: [8], values: new Float32Array(8) }]),
    });
    expect(hiddenBytes({ others: [], weights: [file("block00.head00.look.query")] }, tokenizer)).toBe(0);
    expect(hiddenBytes({ others: [], weights: [file("A".repeat(1000))] }, tokenizer)).toBeGreaterThan(800);
  });
});

test("plainCopy reads a member once, so that it cannot be another thing later", () => {
  let reads = 0;
  const part = {
    get kind() {
      return reads++ === 0 ? "tokenVectors" : "dense";
    },
    back: 0,
  };
  const copy = plainCopy(part);
  expect([copy.kind, copy.kind]).toEqual(["tokenVectors", "tokenVectors"]);
});

describe("reachableSources", () => {
  const files = [
    { path: "src/index.ts", text: `import { model } from "./model.ts";\nimport type { Look } from "./types.ts";` },
    { path: "src/model.ts", text: `const later = () => import("./block/head.ts");` },
    { path: "src/block/head.ts", text: `export { rule } from "../rule.ts";` },
    { path: "src/rule.ts", text: "export const rule = 1;" },
    { path: "src/vocabulary.ts", text: "export const MONTHS = 12;" },
    { path: "src/types.ts", text: "export type Look = 1;" },
  ];

  test("follows every way that code can take, and no other", () => {
    const reached = reachableSources(files).map(({ path }) => path);
    expect(reached).toEqual(["src/index.ts", "src/model.ts", "src/block/head.ts", "src/rule.ts"]);
  });
});

describe("changedRuntime", () => {
  test("finds what differs from this compiler's runtime", () => {
    const changed = { path: "src/runtime/forward.ts", text: "// mine" };
    expect(changedRuntime([changed])).toEqual([changed]);
    const added = { path: "src/runtime/extra.ts", text: "" };
    expect(changedRuntime([added])).toEqual([added]);
  });
});

describe("sourceFacts", () => {
  test("counts files, lines and documented exports", () => {
    const facts = sourceFacts([
      { path: "src/one.ts", text: "/** Documented. */\nexport const one = 1;\nexport const two = 2;\n" },
      { path: "src/two.ts", text: "const own = 1;\nexport { own };" },
    ]);
    expect(facts).toEqual({ files: 2, lines: 5, longestFile: 3, documentedShare: 0.5 });
  });
});
