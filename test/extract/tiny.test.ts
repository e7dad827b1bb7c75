import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createWasmMachine, instantiate } from "../../src/engine/index.ts";
import { loadModel } from "../../src/extract/index.ts";
import { lift } from "../../src/ir/index.ts";
import { createProgram, createTokenizer, indexOfHighest } from "../../src/runtime/index.ts";
import { expectGolden, rowsOf } from "./golden.ts";

/** What the transformers library says about models/tiny (training/parity/make-fixtures.py --tiny). */
interface Golden {
  /** SHA-256 of the model.safetensors that it was made from. */
  readonly weights: string;
  /** Positions whose whole row of logits is kept. */
  readonly rows: readonly number[];
  /** How many tokens of a document the greedy continuation starts from. */
  readonly prompt: number;
  readonly documents: readonly {
    readonly text: string;
    readonly tokens: readonly number[];
    readonly best: readonly number[];
    readonly greedy: readonly number[];
  }[];
}

const FOLDER = join(import.meta.dirname, "..", "fixtures", "parity", "tiny");

describe("the bundled model", async () => {
  const golden = JSON.parse(readFileSync(join(FOLDER, "golden.json"), "utf8")) as Golden;
  const rows = rowsOf(join(FOLDER, "golden.safetensors"));
  const model = await loadModel("tiny");
  const machine = createWasmMachine();
  const program = createProgram(machine, instantiate(machine, lift(model)), createTokenizer(model.tokenizer));

  it("is the one that the golden logits were made from (else run make-fixtures.py --tiny)", () => {
    const weights = readFileSync(join(import.meta.dirname, "..", "..", "models", "tiny", "model.safetensors"));
    expect(createHash("sha256").update(weights).digest("hex")).toBe(golden.weights);
  });

  it("has the library's tokens, logits, best tokens and log-sums of exponentials", () => {
    golden.documents.forEach(({ text, tokens, best }, index) => {
      expect(program.encode(text).slice(0, tokens.length)).toEqual(tokens);
      const logits = program.logits(tokens);
      const kept = golden.rows.map((time) => logits[time] as Float32Array);
      expectGolden(kept, rows(`logits.${index}`), 1e-4);
      expect(logits.map(indexOfHighest)).toEqual(best);
      const [sums] = rows(`logSumExp.${index}`);
      logits.forEach((row, time) => {
        const sum = Math.log(row.reduce((total, score) => total + Math.exp(score), 0));
        expect(Math.abs(sum - (sums?.[time] ?? NaN))).toBeLessThan(1e-4);
      });
    });
  });

  it("continues texts greedily with the library's tokens", () => {
    for (const { tokens, greedy } of golden.documents) {
      const prompt = tokens.slice(0, golden.prompt);
      expect([...program.generate(prompt, { tokens: greedy.length })]).toEqual(greedy);
    }
  });
});
