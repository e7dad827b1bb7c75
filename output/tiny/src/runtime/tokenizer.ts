/** Text to token ids and back: byte pairs as in GPT-2, single characters, or a list of words. */
import type { Tokenizer } from "./program.ts";
import { BYTE_CHARACTERS, bytesOfEntry } from "./tokenizer-bytes.ts";
import { Merges } from "./tokenizer-merges.ts";

/** What a tokenizer is made of, as plain data. */
export type TokenizerData =
  | {
      readonly kind: "bytePairs";
      /** Byte-level vocabulary entries by id, as in vocab.json. */
      readonly tokens: readonly string[];
      /** Pairs of entries to join, the first ones first, as in merges.txt. */
      readonly merges: readonly (readonly [string, string])[];
      /** Tokens found in the text before anything else is. */
      readonly special: readonly { readonly text: string; readonly id: number }[];
    }
  | {
      readonly kind: "characters";
      /** The characters by id; entries of several characters mark places, and no text contains them. */
      readonly characters: readonly string[];
    }
  | {
      readonly kind: "words";
      /** The words by id. */
      readonly words: readonly string[];
    };

/** A tokenizer that also names its tokens. */
export interface NamingTokenizer extends Tokenizer {
  /** How many tokens there are: ids run from 0 to one less. */
  readonly size: number;
  /** A token's own text, for people: a byte that is no character by itself is written like `<0xE2>`. */
  tokenText(id: number): string;
}

/** Makes a tokenizer of its data. Throws a RangeError where a merge names an entry that is not in the vocabulary. */
export function createTokenizer(data: TokenizerData): NamingTokenizer {
  if (data.kind === "bytePairs") return bytePairTokenizer(data);
  return data.kind === "words"
    ? listTokenizer(data.words, { what: "word", split: (text) => text.match(/\S+/gu) ?? [], between: " " })
    : listTokenizer(data.characters, { what: "character", split: (text) => Array.from(text), between: "" });
}

/** Text is entries of a list: words with white space between, or characters. */
function listTokenizer(
  entries: readonly string[],
  { what, split, between }: { what: string; split: (text: string) => readonly string[]; between: string },
): NamingTokenizer {
  const ids = new Map(entries.map((entry, id) => [entry, id]));
  const tokenText = (id: number): string => known(entries[id], id);
  return {
    size: entries.length,
    encode: (text) =>
      split(text).map((entry) => {
        const id = ids.get(entry);
        if (id === undefined) throw new RangeError(`${JSON.stringify(entry)} is not a ${what} of the vocabulary.`);
        return id;
      }),
    decode: (tokens) => tokens.map(tokenText).join(between),
    tokenText,
  };
}

/** GPT-2's pieces of text, which merges never cross: contractions, words, numbers, punctuation, white space. */
const PIECES =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Pieces to remember the tokens of, and the longest one worth remembering. */
const REMEMBERED_PIECES = 20_000;
const REMEMBERED_LENGTH = 64;

/** Byte-level byte-pair encoding as in GPT-2 (Sennrich et al. 2016; Radford et al. 2019). */
function bytePairTokenizer(data: Extract<TokenizerData, { kind: "bytePairs" }>): NamingTokenizer {
  const ids = new Map(data.tokens.map((entry, id) => [entry, id]));
  const merges = new Merges(ids, data.merges);
  const byteIds = BYTE_CHARACTERS.map((character) => ids.get(character));
  const special = new Map(data.special.map(({ text, id }) => [text, id]));
  const specialPattern = patternOf([...special.keys()]);
  const bytes = data.tokens.map(bytesOfEntry);
  const utf8 = new TextEncoder();
  for (const { text, id } of data.special) bytes[id] = utf8.encode(text);
  const remembered = new Map<string, readonly number[]>();

  const encodePiece = (piece: string): readonly number[] => {
    const before = remembered.get(piece);
    if (before !== undefined) return before;
    // As in the reference, a byte without a token is left out.
    const word = Array.from(utf8.encode(piece), (byte) => byteIds[byte]).filter((id) => id !== undefined);
    const tokens = merges.apply(word);
    if (remembered.size < REMEMBERED_PIECES && piece.length <= REMEMBERED_LENGTH) remembered.set(piece, tokens);
    return tokens;
  };
  const bytesOf = (id: number): Uint8Array => known(bytes[id], id);

  return {
    size: bytes.length,
    encode(text) {
      const tokens: number[] = [];
      // With its one capturing group, the pattern puts special tokens at the odd places.
      const stretches = wellFormed(text).split(specialPattern);
      stretches.forEach((stretch, index) => {
        if (index % 2 === 1) tokens.push(special.get(stretch) as number);
        else for (const [piece] of stretch.matchAll(PIECES)) for (const id of encodePiece(piece)) tokens.push(id);
      });
      return tokens;
    },
    decode: (tokens) => textOf(tokens.map(bytesOf)),
    tokenText: (id) => displayOf(bytesOf(id)),
  };
}

function known<Entry>(entry: Entry | undefined, id: number): Entry {
  if (entry === undefined) throw new RangeError(`Token ${id} is not in the vocabulary.`);
  return entry;
}

/** Half a surrogate pair is no character: it becomes U+FFFD, as it does in UTF-8. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

/** Matches any of the texts, the longest where several start at the same place. */
function patternOf(texts: readonly string[]): RegExp {
  const longestFirst = texts.filter((text) => text !== "").sort((one, other) => other.length - one.length);
  const escaped = longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`(${escaped.length > 0 ? escaped.join("|") : "(?!)"})`, "u");
}

/** Bytes as text, with U+FFFD where they are not UTF-8; a byte order mark is a character like others. */
function textOf(parts: readonly Uint8Array[]): string {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(all);
}

/** Bytes that are not whole characters are named one by one. */
function displayOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes);
  } catch {
    return Array.from(bytes, nameOfByte).join("");
  }
}

function nameOfByte(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : `<0x${byte.toString(16).toUpperCase()}>`;
}
