import fc from "fast-check";
import { expect, it } from "vitest";
import { continuation } from "../../src/cli/continuation.ts";

/** One token a byte: every character beyond ASCII is split. */
const decode = (ids: readonly number[]): string => new TextDecoder().decode(Uint8Array.from(ids));
const encode = (text: string): number[] => [...new TextEncoder().encode(text)];

it("gives whole characters, and all of the text in the end", () => {
  // Well-formed text without U+FFFD itself, which stands for bytes that are no character.
  const text = fc.string({ unit: "binary" }).filter((text) => !text.includes("\uFFFD"));
  fc.assert(
    fc.property(text, text, (prompt, generated) => {
      const pieces = [...continuation(encode(`.${prompt}`), encode(generated), decode)];
      expect(pieces.join("")).toBe(generated);
      for (const piece of pieces) expect(decode(encode(piece))).toBe(piece);
    }),
    { seed: 1 },
  );
});

it("shows each finished character at once", () => {
  expect([...continuation(encode("a"), encode("b\u00e9c"), decode)]).toEqual(["b", "", "\u00e9", "c", ""]);
});

it("shows bytes that never become a character when the text ends", () => {
  expect([...continuation(encode("a"), [98, 0xc3], decode)].join("")).toBe("b\uFFFD");
});

it("keeps what a decoder puts between the prompt and the first new word", () => {
  const words = (ids: readonly number[]): string => ids.map((id) => `w${id}`).join(" ");
  expect([...continuation([1, 2], [3, 4], words)].join("")).toBe(" w3 w4");
});
