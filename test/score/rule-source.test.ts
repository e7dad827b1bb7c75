import { describe, expect, test } from "vitest";
import { reachableSources } from "../../src/score/reachable.ts";
import { changedRuntime, ruleSourceBits } from "../../src/score/rule-source.ts";
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
