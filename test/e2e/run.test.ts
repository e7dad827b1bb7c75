import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createWasmMachine, instantiate } from "../../src/engine/index.ts";
import { loadModel, type ExtractedModel } from "../../src/extract/index.ts";
import { lift } from "../../src/ir/index.ts";
import { buildPackage } from "../../src/package-build.ts";
import { createProgram, createTokenizer, type NamingTokenizer, type Program } from "../../src/runtime/index.ts";
import { referenceLogits } from "../extract/reference-forward.ts";
import { emptyFolder, succeed } from "./command.ts";
import { paragraphs, writeTextModel } from "./small-models.ts";

const PROMPTS = [" and", "It was the best of times, it was the worst — naïve\n\nYes"];
const TOKENS = 16;

describe("run, on a model of text that was compiled exactly,", () => {
  let folder: string;
  let model: ExtractedModel;
  let tokenizer: NamingTokenizer;

  beforeAll(async () => {
    const here = emptyFolder();
    const source = writeTextModel(here);
    writeFileSync(join(here, "text.txt"), paragraphs(600));
    folder = join(here, "package");
    await succeed(["compile", source, "-o", folder, "--budget", "exact", "--text", join(here, "text.txt")]);
    model = await loadModel(source);
    tokenizer = createTokenizer(model.tokenizer);
  });

  it("streams what the model's own 64-bit forward pass continues with, token for token", async () => {
    for (const prompt of PROMPTS) {
      const ids = tokenizer.encode(prompt);
      const expected = greedy(model, ids);
      const command = ["run", folder, prompt, "-n", `${TOKENS}`];
      const { stdout } = await succeed([...command, "--json"]);
      const document = JSON.parse(stdout) as { tokens: number[]; continuation: string };
      expect(document.tokens).toEqual(expected);
      expect(document.continuation).toBe(tokenizer.decode([...ids, ...expected]).slice(tokenizer.decode(ids).length));
      const plain = await succeed(command);
      expect(plain.stdout).toBe(`${document.continuation}\n`);
      expect(plain.stderr).toBe("");
      expect(plain.pieces.length).toBeGreaterThan(1);
    }
  });

  it("continues 200 prompts as the original does, token for token", async () => {
    const entry = await buildPackage(folder, emptyFolder());
    const { load } = (await import(/* @vite-ignore */ entry)) as { load(): Promise<Program> };
    const program = await load();
    const machine = createWasmMachine();
    const original = createProgram(machine, instantiate(machine, lift(model)), tokenizer);
    const text = tokenizer.encode(paragraphs(200));
    for (let prompt = 0; prompt < 200; prompt++) {
      const ids = text.slice(31 * prompt, 31 * prompt + 1 + (prompt % 32));
      const found = [...program.generate(ids, { tokens: TOKENS })];
      expect(found, tokenizer.decode(ids)).toEqual([...original.generate(ids, { tokens: TOKENS })]);
      expect(found).toHaveLength(TOKENS);
    }
  });
});

/** The most likely tokens one after the other; the whole text is read again for each. */
function greedy(model: ExtractedModel, prompt: readonly number[]): number[] {
  const ids = [...prompt];
  while (ids.length < prompt.length + TOKENS) {
    const scores = referenceLogits(model, ids, 0).at(-1) as number[];
    ids.push(scores.indexOf(Math.max(...scores)));
  }
  return ids.slice(prompt.length);
}
