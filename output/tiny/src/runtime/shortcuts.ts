/** Shortcuts: the last tokens decide the next one, whatever the rest of the model would say. */
import type { NamingTokenizer } from "./tokenizer.ts";

/** After these tokens comes that one. */
export interface Shortcut {
  readonly after: readonly number[];
  readonly next: number;
}

/**
 * A shortcut as text: what stands before, as it is written, or token by token where the tokenizer would cut the text
 * otherwise; and the token that follows.
 */
export type WrittenShortcut = readonly [after: string | readonly string[], next: string];

/** Shortcuts as a tree of their contexts, from the last token to the first. */
export interface Shortcuts {
  /** What follows the tokens that lead here. */
  readonly next?: number;
  /** The tree for each token that may stand before them. */
  readonly before: Readonly<Record<number, Shortcuts>>;
}

interface Growing extends Shortcuts {
  next?: number;
  readonly before: Record<number, Growing>;
}

/** Shortcuts ready to be looked up; of two with the same context, the later one holds. */
export function shortcutsOf(rules: readonly Shortcut[]): Shortcuts {
  const root: Growing = { before: {} };
  for (const { after, next } of rules) {
    let place = root;
    for (const token of after.toReversed()) place = place.before[token] ??= { before: {} };
    place.next = next;
  }
  return root;
}

/** The same of shortcuts that are written as text. Throws a RangeError on a text that is not made of the tokens it names. */
export function readShortcuts(tokenizer: NamingTokenizer, written: readonly WrittenShortcut[]): Shortcuts {
  const idOf = tokensByText(tokenizer);
  const known = (text: string): number => {
    const id = idOf.get(text);
    if (id === undefined) throw new RangeError(`${JSON.stringify(text)} is not the text of exactly one token.`);
    return id;
  };
  return shortcutsOf(
    written.map(([after, next]) => ({
      after: typeof after === "string" ? tokenizer.encode(after) : after.map(known),
      next: known(next),
    })),
  );
}

/** Ids by the tokens' own texts, less texts that several tokens share. */
export function tokensByText(tokenizer: Pick<NamingTokenizer, "size" | "tokenText">): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  const shared = new Set<string>();
  for (let id = 0; id < tokenizer.size; id++) {
    const text = tokenizer.tokenText(id);
    if (ids.has(text)) shared.add(text);
    ids.set(text, id);
  }
  for (const text of shared) ids.delete(text);
  return ids;
}

/** What follows the first `length` tokens by the shortcut with the longest context that they end in, if there is one. */
export function decidedNext(
  shortcuts: Shortcuts | undefined,
  tokens: ArrayLike<number>,
  length = tokens.length,
): number | undefined {
  let place = shortcuts;
  let next: number | undefined;
  for (let index = length - 1; place !== undefined && index >= 0; index--) {
    place = place.before[tokens[index] as number];
    next = place?.next ?? next;
  }
  return next;
}

/** Lets a shortcut that decides what follows the first `length` tokens have the highest of their scores (vocabulary). */
export function decideScores(
  shortcuts: Shortcuts | undefined,
  tokens: ArrayLike<number>,
  length: number,
  scores: Float32Array,
): void {
  const next = decidedNext(shortcuts, tokens, length);
  if (next !== undefined) raiseAbove(scores, next);
}

/** How far above the others a raised score lies, as a share: more than what 32 bits round away. */
const LEAD = 2 ** -22;
/** Enough of a score to have a share of, where all are 0. */
const LEAST = 2 ** -100;

/** Raises one score just above all others; one that is there already stays. */
function raiseAbove(scores: Float32Array, token: number): void {
  let highest = -Infinity;
  for (let other = 0; other < scores.length; other++) {
    if (other !== token) highest = Math.max(highest, scores[other] as number);
  }
  if ((scores[token] as number) > highest || highest === -Infinity) return;
  scores[token] = highest + LEAD * Math.max(Math.abs(highest), LEAST);
}
