import type { DecidedDocument } from "../../engine/index.ts";
import { LONGEST_SHORTCUT } from "../../ir/index.ts";

/** What a program decided after one run of tokens, wherever a text has it. */
export interface Context {
  readonly after: readonly number[];
  /** How often, and in how many documents. */
  readonly seen: number;
  readonly documents: number;
  /** What was decided most often, the lowest token among equals, and how often. */
  readonly next: number;
  readonly agreed: number;
  /** Sum over all places of how near the second choice came: 1 / (1 + exp(margin)), a half where both were equal. */
  readonly doubt: number;
}

interface Tally {
  readonly after: readonly number[];
  seen: number;
  documents: number;
  lastDocument: string;
  doubt: number;
  readonly votes: Map<number, number>;
}

/** Every context of one to four tokens that at least two places share, the shortest first. */
export function contextsOf(documents: readonly DecidedDocument[]): Context[] {
  // Windows of one document together, so that each document counts once.
  const inOrder = documents.toSorted((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  const contexts: Context[] = [];
  let shared: ReadonlySet<string> | undefined;
  for (let length = 1; length <= LONGEST_SHORTCUT; length++) {
    const tallies = [...talliesOf(inOrder, length, shared)].filter(([, { seen }]) => seen > 1);
    shared = new Set(tallies.map(([key]) => key));
    for (const [, tally] of tallies) contexts.push(contextOf(tally));
  }
  return contexts;
}

/** Contexts of one length; those whose shorter one is met only once are met only once themselves. */
function talliesOf(
  documents: readonly DecidedDocument[],
  length: number,
  shorter: ReadonlySet<string> | undefined,
): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { id, tokens, scored, decisions, margins } of documents) {
    scored.forEach((time, index) => {
      const start = time + 1 - length;
      if (start < 0 || (shorter && !shorter.has(keyOf(tokens.slice(start + 1, time + 1))))) return;
      const after = tokens.slice(start, time + 1);
      const key = keyOf(after);
      const tally = tallies.get(key) ?? emptyTally(after);
      tallies.set(key, tally);
      const next = decisions[index] as number;
      tally.seen++;
      tally.votes.set(next, (tally.votes.get(next) ?? 0) + 1);
      tally.doubt += 1 / (1 + Math.exp(margins[index] as number));
      if (tally.lastDocument !== id) tally.documents++;
      tally.lastDocument = id;
    });
  }
  return tallies;
}

const emptyTally = (after: readonly number[]): Tally => ({
  after,
  seen: 0,
  documents: 0,
  lastDocument: "",
  doubt: 0,
  votes: new Map(),
});

function contextOf({ after, seen, documents, doubt, votes }: Tally): Context {
  let [next, agreed] = [Infinity, 0];
  for (const [token, count] of votes) {
    if (count > agreed || (count === agreed && token < next)) [next, agreed] = [token, count];
  }
  return { after, seen, documents, next, agreed, doubt };
}

/** A name for a run of tokens. */
export const keyOf = (tokens: readonly number[]): string => tokens.join(" ");
