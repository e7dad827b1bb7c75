/** One document of readable text. */
export interface TextDocument {
  /** Stable name: the domain, a slash, and the file or piece inside it. */
  readonly id: string;
  readonly domain: string;
  readonly text: string;
}

/** One named source of text. */
export interface Domain {
  readonly name: string;
  /** What the text is and which package carries it. */
  readonly description: string;
  /** Every document, in a fixed order. */
  documents(): TextDocument[];
}

/** `calibrate` fits, `select` chooses, `test` reports. */
export type Split = "calibrate" | "select" | "test";

const SLICES = 14;

/**
 * The split a document belongs to: six in seven calibrate, the rest half select and half test, decided by its name alone,
 * so that adding a document never moves another one.
 */
export function splitOf(id: string): Split {
  const slice = hashOf(id) % SLICES;
  if (slice === 0) return "test";
  return slice === 1 ? "select" : "calibrate";
}

/** 32-bit FNV-1a hash of a string's UTF-16 units (Fowler, Noll and Vo), with a final avalanche (MurmurHash3). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
