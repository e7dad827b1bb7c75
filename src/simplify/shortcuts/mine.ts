import type { DecidedDocument } from "../../engine/index.ts";
import type { Shortcut } from "../../runtime/index.ts";
import { contextsOf, keyOf, type Context } from "./contexts.ts";

/** A shortcut that might be used. */
export interface MinedShortcut extends Shortcut {
  /** How often its context was met. */
  readonly seen: number;
  /** How often it is expected to be wrong on other text, as a share. */
  readonly error: number;
}

/** A shortcut that is wrong more often helps nobody. */
export const MOST_ERROR = 0.25;

/** Most shortcuts of a program: a few files to read. */
const MOST_SHORTCUTS = 1500;

/**
 * What a program's own choices on calibration text say about the tokens that decide the next one: every context that
 * several documents share, with its commonest choice.
 *
 * @param isNameable whether the source can name a token
 */
export function mineShortcuts(
  documents: readonly DecidedDocument[],
  isNameable: (token: number) => boolean,
): MinedShortcut[] {
  return contextsOf(documents)
    .map((context): MinedShortcut => {
      const { after, next, seen } = context;
      return { after, next, seen, error: expectedError(context) };
    })
    .filter(({ after, next, error }) => error <= MOST_ERROR && [...after, next].every(isNameable));
}

/**
 * The share of wrong choices on other text. Documents are what is independent, so that they are counted and not places; one
 * more document is taken to have chosen something else, the less so the further the second choice was away everywhere.
 */
function expectedError({ seen, documents, agreed, doubt }: Context): number {
  if (documents < 2) return 1;
  const wrong = ((seen - agreed) / seen) * documents;
  const unseen = LEAST_DOUBT + Math.min(1 - LEAST_DOUBT, DOUBT_WEIGHT * (doubt / seen));
  return (wrong + unseen) / (documents + 1);
}

/**
 * Chosen on 100,000 positions of the bundled model, where contexts are mostly met a few times: at one wrong choice in a
 * thousand positions, shortcuts decide 2.9 % of them without looking at margins and 4.6 % with.
 */
const LEAST_DOUBT = 0.05;
const DOUBT_WEIGHT = 4;

/**
 * The shortcuts to use where each may be wrong so often: of two that say the same, only the shorter context; the commonest
 * ones where there are too many. Contexts that end in the same token stand together, the commonest first.
 *
 * @param mined shorter contexts first
 */
export function shortcutsWithin(mined: readonly MinedShortcut[], error: number): MinedShortcut[] {
  const kept = new Map<string, MinedShortcut>();
  for (const rule of mined) {
    if (rule.error <= error && shorterOf(rule, kept)?.next !== rule.next) kept.set(keyOf(rule.after), rule);
  }
  return grouped([...kept.values()].sort(byFrequency).slice(0, MOST_SHORTCUTS));
}

/** The rule of the longest context that is an end of this one's. */
function shorterOf({ after }: Shortcut, kept: ReadonlyMap<string, MinedShortcut>): MinedShortcut | undefined {
  for (let start = 1; start < after.length; start++) {
    const rule = kept.get(keyOf(after.slice(start)));
    if (rule) return rule;
  }
  return undefined;
}

function byFrequency(one: MinedShortcut, other: MinedShortcut): number {
  return other.seen - one.seen || (keyOf(one.after) < keyOf(other.after) ? -1 : 1);
}

/** @param rules the commonest first */
function grouped(rules: readonly MinedShortcut[]): MinedShortcut[] {
  const groups = new Map<number, MinedShortcut[]>();
  for (const rule of rules) {
    const last = rule.after.at(-1) as number;
    groups.set(last, [...(groups.get(last) ?? []), rule]);
  }
  const total = (group: readonly MinedShortcut[]): number => group.reduce((sum, { seen }) => sum + seen, 0);
  return [...groups.values()].sort((one, other) => total(other) - total(one)).flat();
}
