import type { HeadNode, LookNode } from "../ir/index.ts";
import type { HeadProfile } from "../profile/index.ts";
import { ruleAttention, ruleMeaning, type RuleAttention, type RuleMeaning } from "./rule-attention.ts";
import { count, listed, percent } from "./wording.ts";

/** Share of attention from which on a head is said to attend mostly to something. */
const MOSTLY = 0.5;
/** Shares of attention below this one are not worth a word. */
const NOTABLE = 0.03;

interface AttendedPlace {
  readonly share: number;
  readonly place: string;
}

/** The place that gets most of a head's measured attention, the narrowest one; undefined where none does. */
function mainPlace({ attention }: HeadProfile): AttendedPlace | undefined {
  const { first, self, previous, within12 } = attention;
  const places: readonly AttendedPlace[] = [
    { share: previous, place: "the previous token" },
    { share: first, place: "the first token" },
    { share: self, place: "the token itself" },
    { share: within12, place: "the last 12 tokens" },
  ];
  return places.find(({ share }) => share >= MOSTLY);
}

/** Where a head's attention goes, as measured: "62 % of its attention is on the previous token". */
export function attentionClause(profile: HeadProfile, whose: "its" | "that head's", verb: "is" | "was"): string {
  const { first, within12 } = profile.attention;
  const main = mainPlace(profile);
  return main
    ? `${percent(main.share)} of ${whose} attention ${verb} on ${main.place}`
    : `${whose} attention ${verb} wide: ${percent(within12)} on the last 12 tokens, ${percent(first)} on the first one`;
}

/** The same in a few words: "previous token 62 %". */
export function attentionInBrief(profile: HeadProfile): string {
  const { first, within12 } = profile.attention;
  const main = mainPlace(profile);
  return main
    ? `${main.place.replace(/^the /u, "")} ${percent(main.share)}`
    : `wide: last 12 tokens ${percent(within12)}, first ${percent(first)}`;
}

/** What rules look at, in words. */
export const LOOKED_AT: Readonly<Record<RuleMeaning, string>> = {
  previousToken: "the previous token",
  currentToken: "the token itself",
  nearbyTokens: "the last 12 tokens",
  averaging: "all tokens so far",
};

/** Where rules put a head's attention, by their own arithmetic; empty where weights or tokens have a say. */
export function ruleSentence({ looks }: HeadNode, context: number): string {
  const attention = ruleAttention(looks, context);
  if (!attention) return "";
  if (looks.length === 0) return ": all tokens so far, evenly.";
  const most = LOOKED_AT[ruleMeaning(attention)];
  const seen = attention.first > MOSTLY ? `the first token and, much less, ${most}` : most;
  const [main, ...others] = sharesOf(attention);
  const shares = [main?.replace(" %", " % of its attention is") ?? "", ...others];
  return `: ${seen}, by distance alone. ${count(attention.read)} tokens into a text, ${listed(shares)}.`;
}

/** Where rules by distance alone would put all attention: "82 % on the previous token and 11 % on the first token". */
export function distanceShares(looks: readonly LookNode[], context: number): string {
  const attention = ruleAttention(looks, context);
  return attention ? `${listed(sharesOf(attention))}, ${count(attention.read)} tokens into a text` : "";
}

/** Notable shares of attention, the largest first: "62 % on the previous one". */
function sharesOf({ first, self, previous, near, far }: RuleAttention): string[] {
  const places: readonly AttendedPlace[] = [
    { share: first, place: "the first token" },
    { share: self, place: "the token itself" },
    { share: previous, place: "the previous one" },
    { share: near, place: "those 2 to 11 back" },
    { share: far, place: "those 12 and more back" },
  ];
  return places
    .filter(({ share }) => share >= NOTABLE)
    .sort((one, other) => other.share - one.share)
    .map(({ share, place }) => `${percent(share)} on ${place}`);
}
