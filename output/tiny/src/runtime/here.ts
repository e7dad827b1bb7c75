/** What a rule may ask about a place in a text: its tokens so far, by their sets, their repetitions and their brackets. */
import type { NamingTokenizer } from "./tokenizer.ts";

/** Some of a vocabulary's tokens. */
export interface TokenSet {
  /** 1 for every token of the set, by id (vocabulary). */
  readonly members: Uint8Array;
}

/** The tokens that read like one of the texts, or whose text a pattern matches. */
export function tokenSet(
  tokenizer: Pick<NamingTokenizer, "size" | "tokenText">,
  texts: readonly string[] | RegExp,
): TokenSet {
  const known = texts instanceof RegExp ? undefined : new Set(texts);
  const isMember = (text: string): boolean => (texts instanceof RegExp ? texts.test(text) : known?.has(text) === true);
  return { members: Uint8Array.from({ length: tokenizer.size }, (_, id) => Number(isMember(tokenizer.tokenText(id)))) };
}

/** One token of a text, or the place before the first one, where there is none. */
export class TokenPlace {
  readonly #token: number | undefined;

  constructor(token: number | undefined) {
    this.#token = token;
  }

  /** Whether the token is one of these; where there is no token, it is not. */
  isIn(set: TokenSet): boolean {
    return this.#token !== undefined && set.members[this.#token] === 1;
  }
}

/** A place in a text, seen from its current token: nothing that comes later counts. */
export class Here {
  readonly #tokens: ArrayLike<number>;
  /** Tokens before the current one. */
  readonly position: number;

  constructor(tokens: ArrayLike<number>, position: number) {
    this.#tokens = tokens;
    this.position = position;
  }

  /** The current token. */
  get token(): TokenPlace {
    return this.back(0);
  }

  /** The one before it. */
  get previous(): TokenPlace {
    return this.back(1);
  }

  /** The token so many before the current one. */
  back(distance: number): TokenPlace {
    return new TokenPlace(distance > this.position ? undefined : this.#tokens[this.position - distance]);
  }

  /** Whether one of the last `count` tokens, the current one among them, is in the set. */
  anyOfLast(count: number, set: TokenSet): boolean {
    return this.since(set) < count;
  }

  /** Whether no token so far, the current one among them, is in the set. */
  noneSoFar(set: TokenSet): boolean {
    return this.since(set) === Infinity;
  }

  /** How far back the last token of the set stands: 0 for the current one, Infinity where there is none. */
  since(set: TokenSet): number {
    for (let back = 0; back <= this.position; back++) if (this.#in(set, back)) return back;
    return Infinity;
  }

  /** Whether the current token came before. */
  get seenBefore(): boolean {
    return this.repeats(1);
  }

  /** Whether the last `length` tokens came before, in the same order. */
  repeats(length: number): boolean {
    for (let back = 1; back + length - 1 <= this.position; back++) {
      let same = 0;
      while (same < length && this.#at(same) === this.#at(back + same)) same++;
      if (same === length) return true;
    }
    return false;
  }

  /** Whether an odd number of tokens so far is in the set: inside quotation marks, if those are the set. */
  isInside(marks: TokenSet): boolean {
    let count = 0;
    for (let back = 0; back <= this.position; back++) if (this.#in(marks, back)) count++;
    return count % 2 === 1;
  }

  /** How many tokens of one set are still open: each one of the other set closes one, where one is open. */
  depth(opening: TokenSet, closing: TokenSet): number {
    let depth = 0;
    for (let back = this.position; back >= 0; back--) {
      if (this.#in(opening, back)) depth++;
      else if (depth > 0 && this.#in(closing, back)) depth--;
    }
    return depth;
  }

  #at(back: number): number {
    return this.#tokens[this.position - back] as number;
  }

  #in(set: TokenSet, back: number): boolean {
    return set.members[this.#at(back)] === 1;
  }
}
