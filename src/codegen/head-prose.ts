import { tensorsOf, type HeadNode, type Program } from "../ir/index.ts";
import type { HeadProfile } from "../profile/index.ts";
import { attentionClause, ruleSentence } from "./attention-prose.ts";
import { headContextLines } from "./context-prose.ts";
import { lookRows, lookSentence, readsTokens } from "./look-prose.ts";
import { pathTable } from "./path-prose.ts";
import { headKind, looksByRule } from "./sites.ts";
import { render } from "./templates.ts";
import type { TokenEffects } from "./token-effects.ts";
import type { TokenText } from "./token-text.ts";
import { tableClause, tableLines, vectorsCaption } from "./vector-prose.ts";
import { aboutNats, capitalised, count, counted, listed, nats, positivePercent } from "./wording.ts";

/** What is known about one head. */
export interface HeadFacts {
  readonly head: HeadNode;
  readonly program: Program;
  /** Width of the head's queries, keys and values as they were. */
  readonly headWidth: number;
  readonly profile: HeadProfile;
  /** Predicted KL of its replacement, where it was replaced. */
  readonly cost: number | undefined;
  /** What its replacement foresees on held-out text, where that was measured. */
  readonly explained: number | undefined;
  /** Whether a replacement was tried and did not keep the budget. */
  readonly rejected: boolean;
  /** What vectors do to the scores. */
  readonly effects: (vector: ArrayLike<number>) => TokenEffects;
}

/** The doc comment of a head: where it looks, what it moves, real contexts, what it replaced and what that cost. */
export function headProse(facts: HeadFacts, tokens: TokenText): string {
  const { head, program, profile, cost, rejected } = facts;
  const constant = head.moves.kind === "constantMove";
  const kind = headKind(head);
  const opaque = kind === "opaque";
  const fit = profile.kernelFit;
  const contexts = headContextLines(profile, tokens);
  const tables = tableNumbers(head);
  return render("head.txt", {
    site: head.id,
    opaque,
    constant,
    partly: !looksByRule(head),
    narrowed: narrowedSentence(facts),
    attention: capitalised(
      constant ? attentionClause(profile, "that head's", "was") : attentionClause(profile, "its", "is"),
    ),
    rule: readsTokens(head) ? lookSentence(head, program, tokens) : ruleSentence(head, program.context),
    scoresCaption: scoresCaption(head),
    scores: readsTokens(head) ? lookRows(head, program, tokens) : [],
    moves: opaque || constant ? null : movesClause(facts),
    vectorsCaption: vectorsCaption(head.moves),
    vectors:
      head.moves.kind === "classVectors" || head.moves.kind === "tokenVectors"
        ? tableLines(head.moves, program, facts.effects, tokens)
        : [],
    contexts,
    caption: captionOf(constant, contexts),
    closest:
      fit && (opaque || constant) ? { cost: nats(fit.predictedKl), explained: positivePercent(fit.explained) } : null,
    rejected,
    paths: opaque && profile.paths ? pathTable(profile.paths) : null,
    replaced: replacedClause(facts),
    tables: tables > 0 ? count(tables) : null,
    cost: cost === undefined ? null : aboutNats(cost),
    explained: explainedClause(facts),
    better: betterClause(facts),
    price: nats(profile.price),
  });
}

/** Widths of the queries and of the values that still go through opaque weights. */
function opaqueWidths({ looks, moves }: HeadNode): { readonly queries: number; readonly values: number } {
  const dense = looks.find((look) => look.kind === "denseLook");
  return {
    queries: moves.kind === "constantMove" ? 0 : (dense?.query.shape[1] ?? 0),
    values: moves.kind === "denseMove" ? (moves.value.shape[1] ?? 0) : 0,
  };
}

/** How narrow the opaque weights of a head became, where they did; what rules look at has its values told below. */
function narrowedSentence({ head, headWidth }: HeadFacts): string | null {
  const { queries, values } = opaqueWidths(head);
  if (queries === 0) return null;
  const clauses = [
    ...(queries < headWidth ? [`its scores go through ${counted(queries, "direction")}`] : []),
    ...(values < headWidth && headKind(head) === "opaque"
      ? [`its values go through ${counted(values, "direction")}`]
      : []),
  ];
  return clauses.length === 0 ? null : `${capitalised(listed(clauses))}, where the original has ${headWidth}`;
}

function movesClause({ head, headWidth, program }: HeadFacts): string {
  const { moves } = head;
  if (moves.kind === "classVectors" || moves.kind === "tokenVectors") return tableClause(moves, "attended");
  const { values } = opaqueWidths(head);
  const narrower = values < headWidth ? `, where the original has ${headWidth}` : "";
  return `values through ${values === 1 ? "one opaque direction" : `${values} opaque directions`} of the stream's ${program.width}${narrower}`;
}

/** "64 query and key ", or nothing where the head still has all of its weights. */
function replacedClause({ head, headWidth, program }: HeadFacts): string | null {
  const { queries, values } = opaqueWidths(head);
  const [looked, moved] = [headWidth - queries, headWidth - values].map((less) => 2 * program.width * less);
  if (!looked && !moved) return null;
  const which = looked && moved ? "" : looked ? "query and key " : "value and output ";
  return `${count((looked ?? 0) + (moved ?? 0))} ${which}`;
}

/** Numbers in the tables of a head's rules. */
function tableNumbers({ looks, moves }: HeadNode): number {
  const tables = [
    ...looks.filter(({ kind }) => kind !== "denseLook"),
    ...(moves.kind === "classVectors" || moves.kind === "tokenVectors" ? [moves] : []),
  ];
  return tables
    .flatMap((node) => tensorsOf(node))
    .reduce((sum, [, { shape }]) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
}

/** The ledger's measure of the replacement; the profile's, where the rule is the one that it fitted. */
function explainedClause({ head, headWidth, profile, explained }: HeadFacts): string | null {
  if (head.moves.kind === "constantMove") return null;
  if (explained !== undefined) return positivePercent(explained);
  const isFitted = looksByRule(head) && !readsTokens(head) && opaqueWidths(head).values === headWidth;
  return isFitted && profile.kernelFit ? positivePercent(profile.kernelFit.explained) : null;
}

/** What the closest rule by distance foresees, where that is more than what stands in the head's place does. */
function betterClause({ head, profile: { kernelFit }, explained }: HeadFacts): string | null {
  if (!kernelFit || explained === undefined || !looksByRule(head)) return null;
  return kernelFit.explained > Math.max(0, explained) ? positivePercent(kernelFit.explained) : null;
}

function scoresCaption({ looks }: HeadNode): string {
  return looks.some(({ kind }) => kind === "classLook")
    ? "What its scores say; those of classes are query -> key, less the mean of the query's row:"
    : "What its scores say:";
}

/** What the contexts below it show. */
function captionOf(constant: boolean, contexts: readonly string[]): string {
  const subject = constant ? "That head wrote" : "It writes";
  const attending = constant ? "attended" : "attends";
  const looked = contexts.some((line) => line.includes("‹")) ? `; ‹› is what it ${attending} to most there` : "";
  return `${subject} most unlike its mean at «»${looked}:`;
}
