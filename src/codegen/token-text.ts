import type { FiringContext } from "../profile/index.ts";
import { createTokenizer, type NamingTokenizer, type TokenizerData } from "../runtime/index.ts";
import { quoted, shown } from "./escape.ts";

/** Longest context that is shown, and longest token in it, in characters. */
const CONTEXT_WIDTH = 80;
const TOKEN_WIDTH = 24;

/** How comments speak of tokens: by their text, made safe to read; never by their ids. */
export interface TokenText {
  /** The tokens that say something to a reader: pieces of characters only where there is nothing else. */
  telling(tokens: readonly number[]): number[];
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
    telling(tokens) {
      const named = tokens.filter((token) => token < tokenizer.size);
      const whole = named.filter((token) => !tokenizer.decode([token]).includes("\ufffd"));
      return whole.length > 0 ? whole : named;
    },
    list: (tokens) => tokens.map((token) => quoted(textOf(token))).join(", "),
    plain: (tokens) => tokenizer.decode(tokens),
    context({ before, token, after, lookedAt, lookedFar }) {
      const pieces = [
        ...before.map((one, index): Piece => ({ tokens: [one], looked: index === lookedAt })),
        { tokens: [token], looked: lookedAt === before.length, fired: true },
        ...after.map((one): Piece => ({ tokens: [one] })),
      ];
      const texts = wholeCharacters(pieces, tokenizer).map(({ tokens, looked, fired }) => {
        const text = shown(tokens.length > 1 ? tokenizer.decode(tokens) : textOf(tokens[0] as number));
        const inner = looked ? enclosed(text, "‹", "›") : text;
        return { text: fired ? enclosed(inner, "«", "»") : inner, looked, fired };
      });
      const firing = texts.findIndex(({ fired }) => fired);
      let line = texts
        .slice(firing)
        .map(({ text }) => text)
        .join(between);
      let start = firing;
      for (; start > 0; start--) {
        const longer = `${texts[start - 1]?.text}${between}${line}`;
        if (longer.length > CONTEXT_WIDTH) break;
        line = longer;
      }
      const looked =
        lookedFar === undefined
          ? texts.slice(0, start).find((piece) => piece.looked)?.text
          : enclosed(shown(textOf(lookedFar)), "‹", "›");
      const isCut = start > 0 || lookedFar !== undefined;
      return [...(looked === undefined ? [] : [looked.trim()]), ...(isCut ? ["…"] : []), line.trim()].join(" ");
    },
  };
}

/** Neighbouring tokens that are shown as one text. */
interface Piece {
  readonly tokens: readonly number[];
  /** The firing token attends to it most. */
  readonly looked?: boolean;
  readonly fired?: boolean;
}

/** Most bytes of a character in UTF-8. */
const CHARACTER_BYTES = 4;

/** Joins tokens that are parts of one character, where none of them is marked. */
function wholeCharacters(pieces: readonly Piece[], tokenizer: NamingTokenizer): Piece[] {
  const joined: Piece[] = [];
  for (let place = 0; place < pieces.length; place += joined.at(-1)?.tokens.length ?? 1) {
    joined.push(characterAt(pieces, place, tokenizer) ?? (pieces[place] as Piece));
  }
  return joined;
}

function characterAt(pieces: readonly Piece[], place: number, tokenizer: NamingTokenizer): Piece | undefined {
  const isPartial = (tokens: readonly number[]) => tokenizer.decode(tokens).includes("\ufffd");
  for (let count = 1; count <= CHARACTER_BYTES; count++) {
    const run = pieces.slice(place, place + count);
    const tokens = run.flatMap((piece) => piece.tokens);
    if (run.length < count || run.some(({ looked, fired }) => looked || fired)) return undefined;
    if (tokens.some((token) => token >= tokenizer.size)) return undefined;
    if (!isPartial(tokens)) return { tokens };
  }
  return undefined;
}

function shortened(text: string): string {
  const characters = Array.from(text);
  return characters.length > TOKEN_WIDTH ? `${characters.slice(0, TOKEN_WIDTH - 1).join("")}…` : text;
}

/** The text between marks, its leading spaces left outside of them. */
function enclosed(text: string, opening: string, closing: string): string {
  const spaces = /^ +(?=[^ ])/u.exec(text)?.[0] ?? "";
  return `${spaces}${opening}${text.slice(spaces.length)}${closing}`;
}
