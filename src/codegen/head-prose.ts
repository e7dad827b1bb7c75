import type { HeadNode } from "../ir/index.ts";
import type { HeadProfile } from "../profile/index.ts";
import { ruleAttention } from "./rule-attention.ts";
import { headKind } from "./sites.ts";
import { render } from "./templates.ts";
import type { TokenText } from "./token-text.ts";
import { count, listed, nats, percent } from "./wording.ts";

/** What is known about one head. */
export interface HeadFacts {
  readonly site: string;
  readonly head: HeadNode;
  /** Width of the head's queries, keys and values as they were. */
  readonly headWidth: number;
  readonly profile: HeadProfile;
  readonly width: number;
  readonly context: number;
  /** Predicted KL of its replacement, where it was replaced. */
  readonly cost: number | undefined;
}

/** How many of a head's four matrices (query, key, value, output) are no longer read. */
const REPLACED_MATRICES = { opaque: 0, mixed: 2, rule: 4 } as const;

/** The doc comment of a head: where it looks, what it moves, real contexts, what it replaced and what that cost. */
export function headProse(facts: HeadFacts, tokens: TokenText): string {
  const { site, head, headWidth, profile, width, context, cost } = facts;
  const kind = headKind(head);
  const fit = profile.kernelFit;
  const replaced = REPLACED_MATRICES[kind] * width * headWidth;
  return render("head.txt", {
    site,
    opaque: kind === "opaque",
    constant: kind === "rule",
    attends: attendsClause(profile).replace(/ %\)$/u, " % of its attention)"),
    rule: ruleSentence(head, context),
    headWidth,
    width,
    contexts: contextLines(profile, tokens),
    price: nats(profile.price),
    closest:
      kind === "opaque" && fit ? { cost: nats(fit.predictedKl), explained: percent(clamped(fit.explained)) } : null,
    replaced: replaced > 0 ? count(replaced) : null,
    cost: cost === undefined ? null : nats(cost),
    explained: kind === "mixed" && fit ? percent(clamped(fit.explained)) : null,
  });
}

/** Share of attention from which on a head is said to attend mostly to something. */
const MOSTLY = 0.5;

/** Where the head's attention goes, as measured: "attends mostly to the previous token (62 %)". */
export function attendsClause({ attention }: HeadProfile): string {
  const { first, self, previous, within12 } = attention;
  const places: readonly [share: number, text: string][] = [
    [previous, "attends mostly to the previous token"],
    [first, "rests mostly on the first token"],
    [self, "attends mostly to the token itself"],
    [within12, "attends mostly within the last 12 tokens"],
  ];
  const place = places.find(([share]) => share >= MOSTLY);
  if (place) return `${place[1]} (${percent(place[0])})`;
  return `attends widely (${percent(within12)} within the last 12 tokens, ${percent(first)} on the first one)`;
}

/** Shares of attention below this one are not worth a word. */
const NOTABLE = 0.03;

/** Where rules put a head's attention, by their own arithmetic. */
function ruleSentence(head: HeadNode, context: number): string {
  const attention = ruleAttention(head.looks, context);
  if (!attention) return "";
  if (head.looks.length === 0) return "every token so far, evenly.";
  const places: readonly [share: number, text: string][] = [
    [attention.first, "the first token"],
    [attention.self, "the token itself"],
    [attention.previous, "the previous one"],
    [attention.near, "those 2 to 11 back"],
    [attention.far, "those 12 and more back"],
  ];
  const notable = places
    .filter(([share]) => share >= NOTABLE)
    .sort(([one], [other]) => other - one)
    .map(([share, text], index) => `${percent(share)} ${index === 0 ? "of its attention is on" : "on"} ${text}`);
  return `tokens by their distance alone. ${count(attention.read)} tokens into a text, ${listed(notable)}.`;
}

/** One line a context; the first one, the strongest, says which tokens the head raises and lowers there. */
function contextLines({ contexts, raises, lowers }: HeadProfile, tokens: TokenText): string[] {
  const [strongest, ...others] = new Set(contexts.map((context) => tokens.context(context)));
  if (strongest === undefined) return [];
  return [strongest, ...effectLines(tokens, raises, lowers).map((line) => `  ${line}`), ...others];
}

/** Widest line of effects, in characters, and the most tokens named on each side. */
const EFFECTS_WIDTH = 96;
const EFFECTS = 4;

/** `raises " 4", " 1776"; lowers " the"` with as many tokens as fit, or nothing where neither is known. */
export function effectLines(tokens: TokenText, raised: readonly number[], lowered: readonly number[]): string[] {
  // In a small vocabulary both lists reach into the middle, where neither says anything.
  const raises = raised.filter((token) => !lowered.includes(token));
  const lowers = lowered.filter((token) => !raised.includes(token));
  for (let most = EFFECTS; most > 0; most--) {
    const effects = [
      ...(raises.length > 0 ? [`raises ${tokens.list(raises.slice(0, most))}`] : []),
      ...(lowers.length > 0 ? [`lowers ${tokens.list(lowers.slice(0, most))}`] : []),
    ];
    const line = effects.join("; ");
    if (line.length <= EFFECTS_WIDTH) return line === "" ? [] : [line];
    if (most === 1) return effects;
  }
  return [];
}

function clamped(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}
