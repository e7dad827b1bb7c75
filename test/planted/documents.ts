import type { TokenDocument } from "../../src/text/index.ts";
import { seededUniform } from "../ir/random-model.ts";
import { CLOSING, FIRST_WORD, NAMES, OPENING, QUOTE, WORDS } from "./vocabulary.ts";

/** Tokens of a document, and those before the first bracket may open: an average over fewer would be extreme. */
const LENGTH = 24;
const NO_BRACKETS_BEFORE = 10;

/** Documents of words with repeated phrases, balanced brackets, and quotation marks that names often follow. */
export function plantedDocuments(seed: number, count: number): TokenDocument[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `planted/${seed}/${index}`,
    domain: "planted",
    tokens: documentTokens(seededUniform(seed * 7919 + index)),
    position: 0,
    scored: Array.from({ length: LENGTH - 1 }, (__, place) => place + 1),
  }));
}

function documentTokens(uniform: () => number): number[] {
  const tokens: number[] = [];
  const below = (end: number): number => Math.floor(uniform() * end);
  let depth = 0;
  let copying: { from: number; left: number } | undefined;
  while (tokens.length < LENGTH) {
    const token = next();
    if (token === OPENING) depth++;
    if (token === CLOSING) depth--;
    tokens.push(token);
  }
  return tokens;

  function next(): number {
    const time = tokens.length;
    if (tokens[time - 1] === QUOTE && uniform() < 0.5) return NAMES[below(NAMES.length)] as number;
    if (copying && copying.left > 0) {
      copying.left--;
      const token = tokens[copying.from++] as number;
      if (token > CLOSING) return token;
    }
    const kind = uniform();
    if (time >= NO_BRACKETS_BEFORE && depth === 0 && kind < 0.12) return OPENING;
    if (depth > 0 && kind < 0.28) return CLOSING;
    if (kind > 0.92) return QUOTE;
    if (time > 2 && kind > 0.6) copying = { from: below(time - 1), left: 1 + below(4) };
    return uniform() < 0.2 ? (NAMES[below(NAMES.length)] as number) : FIRST_WORD + below(WORDS.length - FIRST_WORD);
  }
}
