import { describe, expect, it } from "vitest";
import { packageFiles } from "../../src/codegen/emit.ts";
import { randomInput } from "./emitted.ts";

describe("a package of a large model", () => {
  it.each([
    ["the depth of GPT-2 XL", { layers: 48, heads: 1, width: 2, inner: 2 }],
    ["the heads of GPT-2 XL", { layers: 1, heads: 25, width: 50, inner: 8 }],
  ])("keeps every file within what a pull request shows: %s", async (_, shape) => {
    const sources = (await packageFiles(randomInput(2, shape))).filter(({ path }) => path.startsWith("src/"));
    for (const { path, contents } of sources) {
      const text = String(contents);
      expect(text.split("\n").length, path).toBeLessThanOrEqual(400);
      expect(Buffer.byteLength(text), path).toBeLessThanOrEqual(20_000);
    }
    expect(sources.length).toBeGreaterThan(shape.layers * (shape.heads + 3));
  });
});
