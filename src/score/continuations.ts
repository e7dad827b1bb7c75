import type { Tokenizer } from "../runtime/index.ts";
import type { TokenDocument } from "../text/index.ts";
import type { ContinuationComparison } from "./fidelity.ts";
import type { Continuations, Prompt } from "./jobs/continue-prompt.ts";
import { wordEditDistance, wordsOf } from "./words.ts";

const PROMPT_TOKENS = 32;
const NEW_TOKENS = 20;
/** Where in a window further prompts begin, once every window has given its first tokens. */
const STRIDE = 64;

/** Beginnings of text to continue: the first tokens of every window, then those 64 tokens further on, and so on. */
export function promptsOf(documents: readonly TokenDocument[], count: number): Prompt[] {
  const prompts: Prompt[] = [];
  const longest = documents.reduce((most, { tokens }) => Math.max(most, tokens.length), 0);
  for (let first = 0; first + PROMPT_TOKENS <= longest; first += STRIDE) {
    for (const { id, tokens } of documents) {
      if (prompts.length === count) return prompts;
      const prompt = tokens.slice(first, first + PROMPT_TOKENS);
      if (prompt.length === PROMPT_TOKENS) prompts.push({ id, tokens: prompt, wanted: NEW_TOKENS });
    }
  }
  return prompts;
}

/** Counts the words that have to be changed in a program's continuation to make it the original's. */
export function compareContinuations(
  { id, original, program }: Continuations,
  tokenizer: Pick<Tokenizer, "decode">,
): ContinuationComparison {
  const expected = wordsOf(tokenizer.decode(original));
  return { id, edits: wordEditDistance(expected, wordsOf(tokenizer.decode(program))), words: expected.length };
}
