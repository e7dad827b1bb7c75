import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { piecesOf } from "../../src/text/pieces.ts";

describe("pieces of a text", () => {
  it("end where a paragraph does, else where a line does, else where a word does", () => {
    const line = "word ".repeat(120).trim();
    for (const [text, mark] of [
      [Array(9).fill(line).join("\n\n"), "\n\n"],
      [Array(9).fill(line).join("\n"), "\n"],
      [Array(9).fill(line).join(" "), " "],
    ] as const) {
      const pieces = piecesOf(text, 500);
      expect(pieces.length).toBeGreaterThan(4);
      expect(pieces.join(mark)).toBe(text);
    }
  });

  it("are cut out of one endless word without breaking a character", () => {
    for (const shift of ["", "x"]) {
      const text = shift + "😀".repeat(3000);
      const pieces = piecesOf(text, 400);
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}/u);
    }
  });

  it("hold all that is not white space, in order", () => {
    const text = fc
      .array(fc.constantFrom("a", "bb ", " ", "\n", "\n\n", "😀".repeat(50), "x".repeat(900)))
      .map((all) => all.join(""));
    const whole = fc.property(text, fc.integer({ min: 0, max: 9000 }), (original, size) => {
      const pieces = piecesOf(original, size);
      expect(pieces.join("").replace(/\s/g, "")).toBe(original.replace(/\s/g, ""));
      for (const { length } of pieces) expect(length).toBeLessThanOrEqual(8001);
    });
    fc.assert(whole, { seed: 7, numRuns: 300 });
  });
});
