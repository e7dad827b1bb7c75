import type { FiringContext } from "../profile/index.ts";
import { createTokenizer, type TokenizerData } from "../runtime/index.ts";
import { quoted, shown } from "./escape.ts";

/** Longest context that is shown, in characters. */
const CONTEXT_WIDTH = 64;

/** Most tokens in a list of those raised or lowered. */
const LISTED = 4;

/** How comments speak of tokens: by their text, made safe to read; never by their ids. */
export interface TokenText {
  /** `" July"` */
  quoted(token: number): string;
  /** `" 4", " 1776"` */
  list(tokens: readonly number[]): string;
  /** `on the 4th of «July»`: the firing token between « and », the one it attends to most between ‹ and ›. */
  context(context: FiringContext): string;
  /** The tokens as the text that they stand for. */
  plain(tokens: readonly number[]): string;
}

/** The texts of a vocabulary. */
export function tokenText(data: TokenizerData): TokenText {
  const tokenizer = createTokenizer(data);
  const between = data.kind === "words" ? " " : "";
  const textOf = (token: number): string => (token < tokenizer.size ? tokenizer.tokenText(token) : "");
  return {
    quoted: (token) => quoted(textOf(token)),
    list: (tokens) =>
      tokens
        .slice(0, LISTED)
        .map((token) => quoted(textOf(token)))
        .join(", "),
    plain: (tokens) => tokenizer.decode(tokens),
    context({ before, token, after, lookedAt }) {
      const marked = [...before, token].map((one, index) => {
        const text = shown(textOf(one));
        const looked = index === lookedAt ? enclosed(text, "‹", "›") : text;
        return index === before.length ? enclosed(looked, "«", "»") : looked;
      });
      const behind = after.map((one) => shown(textOf(one)));
      let start = 0;
      const last = Math.min(lookedAt ?? before.length, before.length);
      const length = () => [...marked.slice(start), ...behind].join(between).length;
      while (start < last && length() > CONTEXT_WIDTH) start++;
      const text = [...marked.slice(start), ...behind].join(between).trim();
      return start > 0 ? `… ${text}` : text;
    },
  };
}

/** The text between marks, its leading spaces left outside of them. */
function enclosed(text: string, opening: string, closing: string): string {
  const spaces = /^ +(?=[^ ])/u.exec(text)?.[0] ?? "";
  return `${spaces}${opening}${text.slice(spaces.length)}${closing}`;
}
