import { runnerOf, type Algorithm } from "./algorithm.ts";
import { indexOfHighest, type Program } from "./program.ts";
import type { NamingTokenizer } from "./tokenizer.ts";

/** Makes a program of an algorithm. */
export function createAlgorithmProgram(algorithm: Algorithm, tokenizer: NamingTokenizer): Program {
  const words = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.tokenText(id));
  const run = runnerOf(algorithm, words);
  const check = (ids: readonly number[], room: number): void => {
    if (ids.length === 0) throw new RangeError("The text is empty: at least one token is needed.");
    if (ids.length > room) throw new RangeError(`The text has ${ids.length} tokens; ${room} fit.`);
    const unknown = ids.find((id) => words[id] === undefined);
    if (unknown !== undefined) throw new RangeError(`Token ${unknown} is not in the vocabulary of ${words.length}.`);
  };
  return {
    context: algorithm.context,
    encode: (text) => tokenizer.encode(text),
    decode: (ids) => tokenizer.decode(ids),
    logits(ids, { firstPosition = 0 } = {}) {
      check(ids, algorithm.context - firstPosition);
      return [...run(ids, firstPosition).scores];
    },
    *generate(ids, { tokens: wanted }) {
      check(ids, algorithm.context);
      const text = [...ids];
      while (text.length < Math.min(ids.length + wanted, algorithm.context)) {
        const next = indexOfHighest(run(text, 0).scores.at(-1) ?? []);
        text.push(next);
        yield next;
      }
    },
  };
}
