import type { FiringContext } from "../profile/index.ts";
import { createTokenizer, type TokenizerData } from "../runtime/index.ts";
import { quoted, shown } from "./escape.ts";

/** Longest context that is shown, and longest token in it, in characters. */
const CONTEXT_WIDTH = 64;
const TOKEN_WIDTH = 24;

/** How comments speak of tokens: by their text, made safe to read; never by their ids. */
export interface TokenText {
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
  // A model may have more rows in its embedding than its tokenizer has tokens.
  const textOf = (token: number): string => (token < tokenizer.size ? shortened(tokenizer.tokenText(token)) : "");
  return {
    list: (tokens) => tokens.map((token) => quoted(textOf(token))).join(", "),
    plain: (tokens) => tokenizer.decode(tokens),
    context({ before, token, after, lookedAt }) {
      const texts = [...before, token].map((one, index) => {
        const text = shown(textOf(one));
        return index === lookedAt ? enclosed(text, "‹", "›") : text;
      });
      const end = [enclosed(texts[before.length] as string, "«", "»"), ...after.map((one) => shown(textOf(one)))];
      let start = before.length;
      let line = end.join(between);
      for (; start > 0; start--) {
        const longer = `${texts[start - 1]}${between}${line}`;
        if (longer.length > CONTEXT_WIDTH) break;
        line = longer;
      }
      if (start === 0) return line.trim();
      return lookedAt !== undefined && lookedAt < start
        ? `${texts[lookedAt]?.trim()} … ${line.trim()}`
        : `… ${line.trim()}`;
    },
  };
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length > TOKEN_WIDTH ? `${characters.slice(0, TOKEN_WIDTH - 1).join("")}…` : text;
}

/** The text between marks, its leading spaces left outside of them. */
function enclosed(text: string, opening: string, closing: string): string {
  const spaces = /^ +(?=[^ ])/u.exec(text)?.[0] ?? "";
  return `${spaces}${opening}${text.slice(spaces.length)}${closing}`;
}
