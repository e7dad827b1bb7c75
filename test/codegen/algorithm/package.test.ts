import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { algorithmFiles } from "../../../src/codegen/algorithm/package.ts";
import { writeFiles } from "../../../src/codegen/emit.ts";
import { buildPackage } from "../../../src/package-build.ts";
import { lift } from "../../../src/ir/index.ts";
import { runnerOf, type Algorithm, type Average, type ByToken, type Program } from "../../../src/runtime/index.ts";
import { randomLiftSource } from "../../ir/random-model.ts";
import { HOSTILE_WORDS } from "../emitted.ts";
import { syntheticProfile } from "../synthetic-profile.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "weights2ts-algorithm-")));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const WORDS = [...HOSTILE_WORDS.slice(0, -1), "__proto__"];
const each = <Value>(value: (index: number) => Value): ByToken<Value> =>
  Object.fromEntries(WORDS.map((word, index) => [word, value(index)]));

const looks = [
  { kind: "tokens", scores: each((index) => index / 10) },
  { kind: "pairs", keyBack: 1, scores: each(() => each((index) => index / 20)) },
  {
    kind: "kernel",
    steps: [
      [0, 0.5],
      [1, 0],
    ],
  },
  { kind: "match", keyBack: 1, scores: [1] },
] as const;
const average: Average = { looks, worth: each((index) => index) };
const shared = { looks };

function input() {
  const program = lift(randomLiftSource(7));
  const [first, second] = [average, { looks: [], worth: { "*/": 1 } }];
  const algorithm: Algorithm = {
    context: program.context,
    patterns: [shared],
    averages: [first, second],
    cases: [
      {
        after: WORDS.slice(0, 9),
        scores: each((index) => ({
          of: index % 2 === 0 ? first : second,
          points: [
            [0, index],
            [1, 0.5],
          ] as const,
        })),
        others: -1,
      },
      {
        copies: [
          {
            of: shared,
            points: [
              [0, 0],
              [1, 3],
            ],
            near: [
              [-1, 0.5],
              [1, 0.25],
            ],
          },
          {
            of: shared,
            back: 1,
            points: [
              [0, 0],
              [1, 2],
            ],
          },
        ],
        scores: {},
        others: [1, { of: second, points: [[0, 2]] }],
      },
    ],
  };
  const place = { block: 0, head: 0 };
  return {
    model: { id: "*/ `random` <model>", sha256: "ab".repeat(32), parameters: 1234 },
    recognised: {
      algorithm,
      heads: [place, { block: 0, head: 1 }],
      patternHeads: [place],
      attended: [{ relation: "duplicate" as const, share: 0.873 }],
      explained: [0.5, 0.7],
      idle: [{ block: 1, head: 0 }],
      fidelity: { flips: 0, flipsHigh: 0, match: 1, kl: 0.001 },
      ledger: [],
    },
    tokenizer: { kind: "words" as const, words: WORDS },
    contexts: syntheticProfile(program, 7).heads.map((heads) => heads.map(({ contexts }) => contexts)),
    costs: {
      heads: program.blocks.map(({ attention }) => attention.heads.map(() => 0.5)),
      attention: program.blocks.map(() => 2),
      mlps: program.blocks.map(() => 1),
    },
    ledger: [],
    decision: "positive" as const,
  };
}

describe("the package of an algorithm", () => {
  it("computes what the algorithm does, whatever its tokens are called, and holds no tensors", async () => {
    const own = input();
    const files = await algorithmFiles(own);
    expect(files.map(({ path }) => path).filter((path) => path.endsWith(".safetensors"))).toEqual([]);
    await writeFiles([...files, { path: "report.json", contents: "{}" }], folder);
    const entry = await buildPackage(folder, mkdtempSync(join(folder, "built-")));
    const { load } = (await import(/* @vite-ignore */ entry)) as { load(): Promise<Program> };
    const program = await load();
    const text = [0, 3, WORDS.length - 1, 5, 0, 12];
    const expected = runnerOf(own.recognised.algorithm, WORDS)(text, 2).scores;
    expect(program.logits(text, { firstPosition: 2 })).toEqual(expected);
  });

  it("says which heads no average is named after, and what counts in one phase alone", async () => {
    const known = input();
    const place = { block: 0, head: 0 };
    const own = { looks: [], worth: { [WORDS[1]!]: 1, [WORDS[2]!]: [-1, 0] } };
    const points = [
      [0, 0],
      [1, 2],
    ] as const;
    const algorithm = { context: 32, period: 2, averages: [own], cases: [{ scores: {}, others: { of: own, points } }] };
    const recognised = {
      ...known.recognised,
      algorithm,
      heads: [place],
      patternHeads: [],
      attended: [],
      explained: [0.5],
      idle: [],
    };
    const files = await algorithmFiles({ ...known, recognised });
    const textOf = (path: string): string => String(files.find((file) => file.path === path)!.contents);
    expect(textOf("src/model.ts").replace(/\n \* /gu, " ")).toContain("No average is named after head 1 of block 0");
    expect(textOf("src/averages.ts")).toMatch(/The share of .* less that of .* in phase 0 among the tokens so far\./u);
  });

  it("names a pattern after what most of its attention goes to, and says how much", async () => {
    const files = await algorithmFiles(input());
    const source = String(files.find(({ path }) => path === "src/averages.ts")!.contents).replace(/\n \* /gu, " ");
    expect(source).toContain("87 % of its attention goes to the current token where it stood before");
    expect(source).toContain("export const duplicatePattern: Pattern");
  });

  it("is the same to the byte every time", async () => {
    expect(await algorithmFiles(input())).toEqual(await algorithmFiles(input()));
  });
});
