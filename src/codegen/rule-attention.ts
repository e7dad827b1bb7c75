import type { LookNode } from "../ir/index.ts";

const READ = 64;

/** How many tokens of a text are read where a rule's attention is spelt out. */
export const readIn = (context: number): number => Math.min(READ, context);

/** Where rules that look by distance put their attention; the shares add up to one. */
export interface RuleAttention {
  /** Tokens read when the shares hold: attention by distance alone depends on how many there are. */
  readonly read: number;
  /** On the first token of the text. */
  readonly first: number;
  /** On the current token itself. */
  readonly self: number;
  readonly previous: number;
  /** On the tokens 2 to 11 back. */
  readonly near: number;
  /** On everything between those and the first token. */
  readonly far: number;
}

/** What a head that looks by distance does, in a word. */
export type RuleMeaning = "previousToken" | "currentToken" | "nearbyTokens" | "averaging";

const MATCHES = ["duplicateToken", "induction"] as const;

/** What a head that looks for repetitions does, in a word: for the token itself, or for what followed it. */
export type MatchMeaning = (typeof MATCHES)[number];

/** More than half of the attention off the first token decides what the head is called. */
const MOST = 0.5;

/** What rules with this attention look at. */
export function ruleMeaning({ first, self, previous, near }: RuleAttention): RuleMeaning {
  const rest = 1 - first;
  if (previous > MOST * rest) return "previousToken";
  if (self > MOST * rest) return "currentToken";
  return self + previous + near > MOST * rest ? "nearbyTokens" : "averaging";
}

/** What a head is called that attends to the tokens a rule matches with this share of its attention; undefined where most goes elsewhere. */
export function matchMeaning(keyBack: 0 | 1, share: number): MatchMeaning | undefined {
  return share > MOST ? MATCHES[keyBack] : undefined;
}

/** The attention that one match with this score draws among tokens that score nothing. */
export function matchShare(score: number, context: number): number {
  return 1 / (1 + (readIn(context) - 1) * Math.exp(-score));
}

/** The attention that the rules alone decide, some way into a text; undefined where weights or tokens have a say. */
export function ruleAttention(looks: readonly LookNode[], context: number): RuleAttention | undefined {
  const read = readIn(context);
  if (looks.some(({ kind }) => kind !== "sinkLook" && kind !== "kernelLook")) return undefined;
  const scores = scoresByDistance(looks, read);
  const highest = Math.max(...scores);
  const weights = Array.from(scores, (score) => Math.exp(score - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => weight / total);
  const first = shares.pop() as number;
  const sum = (from: number, to: number) => shares.slice(from, to).reduce((all, share) => all + share, 0);
  return { read, first, self: sum(0, 1), previous: sum(1, 2), near: sum(2, 12), far: sum(12, read) };
}

/** What sinks and kernels score each distance back when so many tokens were read; the last of them is the first token. */
export function scoresByDistance(looks: readonly LookNode[], read: number): Float64Array {
  const scores = new Float64Array(read);
  for (const look of looks) {
    if (look.kind === "sinkLook") scores[read - 1] = (scores[read - 1] as number) + look.rule.score;
    if (look.kind !== "kernelLook") continue;
    for (let back = 0; back < read; back++) scores[back] = (scores[back] as number) + scoreAt(look.rule.steps, back);
  }
  return scores;
}

/** The last step covers everything further back than the one before it. */
function scoreAt(steps: readonly (readonly [tokensBack: number, score: number])[], back: number): number {
  const step = steps.find(([tokensBack]) => back <= tokensBack) ?? steps.at(-1);
  return step?.[1] ?? 0;
}
