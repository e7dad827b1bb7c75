import type { FiringContext } from "../profile/index.ts";
import type { EmitInput } from "./input.ts";
import { tokenText } from "./token-text.ts";

/** Tokens of a list of words that mark a place in a text, such as "<sep>". */
const MARK = /^<\S+>$/u;
const PLAIN = /^[\p{L} ]+$/u;

/** A few tokens of calibration text for the README's example, which every tokenizer knows. */
export function promptOf(contexts: readonly FiringContext[], tokenizer: EmitInput["tokenizer"]): string {
  const text = tokenText(tokenizer);
  const plain = (tokens: readonly number[]): string => text.plain(tokens);
  const prompts = contexts.map(({ before, token }) => plain([...before, token]));
  if (tokenizer.kind === "words")
    return longest(prompts.map(openEnd), (prompt) => MARK.test(prompt.split(" ")[0] ?? ""));
  const whole = contexts.map((context) => wholeWords(context, plain));
  return longest([...whole, ...prompts.map((prompt) => prompt.trimStart())], (prompt) => PLAIN.test(prompt));
}

/** Cut after the last mark within the text, so that the model has something to say. */
function openEnd(prompt: string): string {
  const words = prompt.split(" ");
  while (words.length > 1 && MARK.test(words.at(-1) ?? "")) words.pop();
  const mark = words.findLastIndex((word) => MARK.test(word));
  return (mark > 0 ? words.slice(0, mark + 1) : words).join(" ");
}

/** The words that begin and end within a context. */
function wholeWords({ before, token, after }: FiringContext, plain: (tokens: readonly number[]) => string): string {
  const text = plain([...before, token, ...after]);
  return text.slice(text.indexOf(" ") + 1, Math.max(text.lastIndexOf(" "), 0));
}

/** The longest of the texts that are preferred, or of all where none is; the first one among equals. */
function longest(texts: readonly string[], isPreferred: (text: string) => boolean): string {
  const preferred = texts.filter(isPreferred);
  return (preferred.length > 0 ? preferred : texts).reduce(
    (best, text) => (text.length > best.length ? text : best),
    "",
  );
}
