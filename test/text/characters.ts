import type { TextTokenizer } from "../../src/text/index.ts";

/** A tokenizer whose tokens are UTF-16 units. */
export const characters: TextTokenizer = {
  size: 2 ** 16,
  encode: (text) => Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)),
};
