import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reportSchema } from "../../src/report/index.ts";
import { writeSafetensors } from "../../src/runtime/index.ts";
import { CONFIG, majorityDocuments, majorityModel, WORDS } from "../planted/majority.ts";
import { emptyFolder, succeed } from "./command.ts";

/** Writes the planted model with its documents; gives its folder. */
function writeMajority(parent: string): string {
  const folder = join(parent, "majority");
  mkdirSync(folder);
  const json = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));
  json("config.json", {
    model_type: "gpt2",
    n_layer: CONFIG.layers,
    n_head: CONFIG.heads,
    n_embd: CONFIG.width,
    n_inner: CONFIG.inner,
    n_positions: CONFIG.context,
    vocab_size: CONFIG.vocabulary,
    layer_norm_epsilon: CONFIG.epsilon,
    activation_function: CONFIG.activation,
  });
  json("vocab.json", Object.fromEntries(WORDS.map((word, id) => [word, id])));
  const tensors = [...majorityModel(1).tensors].map(([name, { shape, values }]) => ({ name, shape, values }));
  writeFileSync(join(folder, "model.safetensors"), writeSafetensors(tensors));
  const splits = ["calibrate", "select", "test"];
  for (const [index, split] of splits.entries()) {
    const lines = majorityDocuments(10 + index, 150).map(({ tokens, position, scored }) =>
      JSON.stringify({ tokens, position, scored }),
    );
    writeFileSync(join(folder, `${split}.jsonl`), `${lines.join("\n")}\n`);
  }
  json("task.json", { decision: "argmax", ...Object.fromEntries(splits.map((split) => [split, `${split}.jsonl`])) });
  return folder;
}

describe("a small model whose algorithm is known", () => {
  it("is compiled to that algorithm: no weights are left, and every measurement says so", async () => {
    const parent = emptyFolder();
    const folder = join(parent, "package");
    await succeed(["compile", writeMajority(parent), "-o", folder]);
    const report = reportSchema.parse(JSON.parse(readFileSync(join(folder, "report.json"), "utf8")));
    expect(report.budget.met).toBe(true);
    expect(report.fidelity.match.value).toBeGreaterThanOrEqual(0.98);
    expect(report.explanation.headline).toBeGreaterThan(0.5);
    expect(report.explanation.falsification).toEqual({ rules: 2, passed: 2 });
    expect(readdirSync(join(folder, "weights"))).toEqual(["tokenizer.json"]);
    expect(readFileSync(join(folder, "src", "averages.ts"), "utf8")).toContain("worth: { a: 1, b: -1 }");
    const { stdout } = await succeed(["run", folder, "<bos> a a b <sep>", "-n", "1"]);
    expect(stdout.trim()).toBe("a");
  });
});
