import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/extract/index.ts";
import { BENCHMARK_MODELS, engineLogits, expectGolden, largestDifference, RANDOM_MODELS } from "./golden.ts";
import { referenceLogits } from "./reference-forward.ts";

describe.each([...RANDOM_MODELS, ...BENCHMARK_MODELS])("the model $name", ({ folder, texts, tolerance }) => {
  it("has the transformers library's logits when lifted and run by the engine", async () => {
    const run = engineLogits(await loadModel(folder));
    for (const text of texts()) expectGolden(run(text), text.logits, tolerance);
  });
});

describe.each(RANDOM_MODELS)("the model $name", ({ folder, texts, tolerance }) => {
  it("has the transformers library's logits when computed from its tensors in 64 bits", async () => {
    const model = await loadModel(folder);
    for (const { tokens, position, logits } of texts())
      expectGolden(referenceLogits(model, tokens, position), logits, tolerance);
  });
});

// A golden that a wrong reading of the config would also meet would prove nothing.
it.each([
  { name: "untied-gelu", wrong: { activation: "gelu_new" } },
  { name: "hub-layout", wrong: { activation: "gelu" } },
  { name: "relu-narrow", wrong: { epsilon: 1e-5 } },
  { name: "layer-scale", wrong: { scaleByLayer: false } },
  { name: "unscaled", wrong: { scaleByHeadWidth: true } },
  { name: "unscaled-layer-scale", wrong: { scaleByLayer: false } },
  { name: "untied-gelu", wrong: { tied: true } },
] as const)("the golden logits of $name differ by several tolerances under $wrong", async ({ name, wrong }) => {
  const golden = RANDOM_MODELS.find((model) => model.name === name);
  const model = await loadModel(golden?.folder ?? "");
  const [text] = golden?.texts() ?? [];
  const misread = referenceLogits({ ...model, config: { ...model.config, ...wrong } }, text?.tokens ?? [], 0);
  const differences = misread.map((row, time) => largestDifference(row, text?.logits[time] ?? []));
  expect(Math.max(...differences)).toBeGreaterThan(3e-4);
});
