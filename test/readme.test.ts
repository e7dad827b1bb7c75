import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withGeneratedParts } from "../scripts/readme-parts.ts";

describe("README.md", () => {
  it("shows the excerpt and the tables of output/tiny as they are (npm run readme writes them)", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toBe(withGeneratedParts(readme));
  });
});
