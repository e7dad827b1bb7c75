import type { HeadNode } from "../ir/index.ts";
import type { HeadProfile } from "../profile/index.ts";
import { attentionClause, ruleSentence } from "./attention-prose.ts";
import { headContextLines } from "./context-prose.ts";
import { pathTable } from "./path-prose.ts";
import { headKind, type SiteKind } from "./sites.ts";
import { render } from "./templates.ts";
import type { TokenText } from "./token-text.ts";
import { capitalised, count, nats, positivePercent } from "./wording.ts";

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
  /** Whether a replacement was tried and did not keep the budget. */
  readonly rejected: boolean;
}

/** How many of a head's four matrices (query, key, value, output) are no longer read. */
const REPLACED_MATRICES = { opaque: 0, mixed: 2, rule: 4 } as const;

/** The doc comment of a head: where it looks, what it moves, real contexts, what it replaced and what that cost. */
export function headProse(facts: HeadFacts, tokens: TokenText): string {
  const { site, head, headWidth, profile, width, context, cost, rejected } = facts;
  const kind = headKind(head);
  const fit = profile.kernelFit;
  const explained = fit && positivePercent(fit.explained);
  const replaced = REPLACED_MATRICES[kind] * width * headWidth;
  const contexts = headContextLines(profile, tokens);
  return render("head.txt", {
    site,
    opaque: kind === "opaque",
    constant: kind === "rule",
    attention: capitalised(
      kind === "rule" ? attentionClause(profile, "that head's", "was") : attentionClause(profile, "its", "is"),
    ),
    rule: ruleSentence(head, context),
    headWidth,
    width,
    contexts,
    caption: captionOf(kind, contexts),
    closest: kind === "opaque" && fit ? { cost: nats(fit.predictedKl), explained } : null,
    rejected,
    paths: kind === "opaque" && profile.paths ? pathTable(profile.paths) : null,
    replaced: replaced > 0 ? `${count(replaced)} ${kind === "mixed" ? "query and key " : ""}` : null,
    cost: cost === undefined ? null : nats(cost),
    explained: kind === "mixed" ? (explained ?? null) : null,
    price: nats(profile.price),
  });
}

/** What the contexts below it show. */
function captionOf(kind: SiteKind, contexts: readonly string[]): string {
  const subject = kind === "rule" ? "That head wrote" : "It writes";
  const attending = kind === "rule" ? "attended" : "attends";
  const looked = contexts.some((line) => line.includes("‹")) ? `; ‹› is what it ${attending} to most there` : "";
  return `${subject} most unlike its mean at «»${looked}:`;
}
