import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitPackage } from "../../src/codegen/index.ts";
import { loadModel } from "../../src/extract/index.ts";
import { lift } from "../../src/ir/index.ts";
import { createTokenizer } from "../../src/runtime/index.ts";
import { canonicalise } from "../../src/simplify/index.ts";
import { openText } from "../../src/text/index.ts";
import { build, emptyFolder, loaded } from "./emitted.ts";
import { syntheticProfile } from "./synthetic-profile.ts";

/** What the transformers library continues (training/parity/make-greedy.py). */
interface Golden {
  readonly weightsSha256: string;
  readonly promptTokens: number;
  readonly continuations: readonly (readonly number[])[];
}

const golden = JSON.parse(
  readFileSync(new URL("../fixtures/parity/tiny-greedy.json", import.meta.url), "utf8"),
) as Golden;
const model = await loadModel("tiny");
const tokenizer = createTokenizer(model.tokenizer);
const folder = emptyFolder();

beforeAll(async () => {
  const tokenTexts = Array.from({ length: model.config.vocabulary }, (_, id) => tokenizer.tokenText(id));
  const { program, ledger } = canonicalise(lift(model), tokenTexts);
  await emitPackage(
    {
      model: { id: model.id, sha256: model.sha256, parameters: model.parameters },
      program,
      tokenizer: model.tokenizer,
      profile: syntheticProfile(program, 1),
      ledger,
      decision: "argmax",
    },
    folder,
  );
  build(folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the exact package of tiny", () => {
  it("is held to continuations of the committed weights (else run make-greedy.py)", () => {
    const weights = readFileSync(new URL("../../models/tiny/model.safetensors", import.meta.url));
    expect(createHash("sha256").update(weights).digest("hex")).toBe(golden.weightsSha256);
  });

  it("continues 200 prompts with the reference model's greedy text, token for token", async () => {
    const program = await loaded(folder);
    const prompts = openText({ kind: "default" }, tokenizer, model.config.context, { select: 60_000 })
      .select()
      .map(({ tokens }) => tokens.slice(0, golden.promptTokens))
      .filter(({ length }) => length === golden.promptTokens)
      .slice(0, 200);
    expect(prompts).toHaveLength(200);
    const continuations = prompts.map((prompt) => [...program.generate(prompt, { tokens: 20 })]);
    expect(continuations).toEqual(golden.continuations);
  });
});
