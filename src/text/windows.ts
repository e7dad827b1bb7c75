import { hashOf, type TextDocument } from "./document.ts";
import type { TokenDocument } from "./token-document.ts";

/** Longest window: longer ones cost more than they tell, because attention's cost is quadratic. */
const LONGEST_WINDOW = 256;

/** A document shorter than this says little about a model that reads text. */
const SHORTEST_WINDOW = 16;

/** Windows of one document are alike: a few of many documents tell more than many of a few. */
const WINDOWS_PER_DOCUMENT = 6;

/** Text of one kind, documents in any order. */
export interface TextDomain {
  readonly name: string;
  readonly documents: readonly TextDocument[];
}

/**
 * Windows of about `limit` tokens in all. The domain with the fewest tokens so far gives the next one, the first of each of
 * its documents before the second of any. The order is decided by the documents' names; only documents that are needed are
 * tokenised.
 */
export function drawWindows(
  domains: readonly TextDomain[],
  encode: (document: TextDocument) => readonly number[],
  context: number,
  limit: number,
): TokenDocument[] {
  const length = Math.min(context, LONGEST_WINDOW);
  const cut = (document: TextDocument): TokenDocument[] => windowsOf(document, encode(document), length);
  let sources = domains.map(({ documents }) => ({ windows: inTurn(documents, cut), tokens: 0 }));
  const drawn: TokenDocument[] = [];
  let total = 0;
  while (total < limit && sources.length > 0) {
    const source = sources.reduce((least, other) => (other.tokens < least.tokens ? other : least));
    const next = source.windows.next();
    if (next.done === true) {
      sources = sources.filter((other) => other !== source);
      continue;
    }
    drawn.push(next.value);
    source.tokens += next.value.tokens.length;
    total += next.value.tokens.length;
  }
  return drawn;
}

/** The first window of every document, then the second of every document that has one, and so on. */
function* inTurn(
  documents: readonly TextDocument[],
  cut: (document: TextDocument) => TokenDocument[],
): Generator<TokenDocument, undefined> {
  const read: TokenDocument[][] = [];
  for (const document of byHash(documents, ({ id }) => id)) {
    const windows = cut(document);
    read.push(windows);
    if (windows[0] !== undefined) yield windows[0];
  }
  for (let turn = 1; turn < WINDOWS_PER_DOCUMENT; turn++) {
    for (const windows of read) if (windows[turn] !== undefined) yield windows[turn] as TokenDocument;
  }
  return undefined;
}

/** A document's windows: evenly spread, not overlapping, in an order that does not favour beginnings. */
function windowsOf({ id, domain }: TextDocument, tokens: readonly number[], length: number): TokenDocument[] {
  if (tokens.length < Math.min(length, SHORTEST_WINDOW)) return [];
  const count = Math.min(WINDOWS_PER_DOCUMENT, Math.max(1, Math.floor(tokens.length / length)));
  const step = count > 1 ? (tokens.length - length) / (count - 1) : 0;
  const windows = Array.from({ length: count }, (_, index) => {
    const start = Math.floor(index * step);
    const window = tokens.slice(start, start + length);
    return { start, id, domain, tokens: window, position: 0, scored: Array.from(window, (_token, place) => place) };
  });
  return byHash(windows, ({ start }) => `${id}@${start}`).map(({ start: _start, ...window }) => window);
}

/** Ordered by the hash of a name, then by the name. */
function byHash<Item>(items: readonly Item[], nameOf: (item: Item) => string): Item[] {
  return items
    .map((item) => ({ item, name: nameOf(item), hash: hashOf(nameOf(item)) }))
    .sort((one, other) => one.hash - other.hash || (one.name < other.name ? -1 : 1))
    .map(({ item }) => item);
}
