import type { HeadNode, LookNode, Program } from "../ir/index.ts";
import { aligned, fitting } from "./aligned.ts";
import { distanceShares, LOOKED_AT } from "./attention-prose.ts";
import { highest, lowest } from "./extremes.ts";
import { aspectsByStrength, scoresLessRowMeans, type RuleAspect } from "./look-strength.ts";
import { matchShare, readIn, ruleAttention, ruleMeaning } from "./rule-attention.ts";
import type { TokenText } from "./token-text.ts";
import { decimal, listed, percent } from "./wording.ts";

/** Widest list of scores, in characters, and the most scores in it. */
const SCORES_WIDTH = 70;
const SCORES = 6;
/** Tokens that stand for all that a table attracts. */
const EXAMPLES = 2;

type TokenLook = Extract<LookNode, { kind: "tokenLook" }>;
type MatchLook = Extract<LookNode, { kind: "matchLook" }>;
type ClassLook = Extract<LookNode, { kind: "classLook" }>;
type ReadProgram = Pick<Program, "context" | "tensors" | "tokenClasses">;

/** Whether a head has rules that read tokens, and not distances alone. */
export function readsTokens({ looks }: HeadNode): boolean {
  return looks.some(({ kind }) => kind === "tokenLook" || kind === "classLook" || kind === "matchLook");
}

/** Where rules that read tokens let a head look: ", strongest first: the previous token; NOUNS (from ARTICLES)." */
export function lookSentence(head: HeadNode, program: ReadProgram, tokens: TokenText): string {
  const places = aspectsByStrength(head, program).map((aspect) => placeOf(aspect, program, tokens));
  return `${places.length > 1 ? ", strongest first" : ""}: ${places.join("; ")}.`;
}

function placeOf(aspect: RuleAspect, program: ReadProgram, tokens: TokenText): string {
  if (aspect.kind === "distance") {
    const attention = ruleAttention(aspect.looks, program.context);
    return attention ? LOOKED_AT[ruleMeaning(attention)] : "";
  }
  const { look } = aspect;
  switch (look.kind) {
    case "matchLook":
      return look.rule.keyBack === 0
        ? "earlier occurrences of the current token"
        : "what followed earlier occurrences of the current token";
    case "tokenLook": {
      const attracted = tokens.telling(highest(program.tensors.get(look.scores), SCORES)).slice(0, EXAMPLES);
      const examples = listed(attracted.map((token) => tokens.list([token])));
      return look.back === 0 ? `tokens like ${examples}` : `${afterPlace(look.back)} tokens like ${examples}`;
    }
    case "classLook": {
      const [strongest] = highest(scoresLessRowMeans(look.scores, program.tensors), 1);
      const [query, key] = pairOf(look, strongest ?? 0, program);
      const keys = look.keyBack === 0 ? key : `${afterPlace(look.keyBack)} ${key}`;
      return `${keys} (from ${look.queryBack === 0 ? query : `${afterPlace(look.queryBack)} ${query}`})`;
    }
  }
}

/** "what follows", "what stands 2 after" */
function afterPlace(back: number): string {
  return back === 1 ? "what follows" : `what stands ${back} after`;
}

/**
 * The numbers behind it, a line each: how attention by distance alone would lie, the tokens and the pairs of classes
 * with the highest and the lowest scores, and how much a match draws. Sinks are short enough to be read in the code.
 */
export function lookRows(head: HeadNode, program: ReadProgram, tokens: TokenText): string[] {
  const rows = aspectsByStrength(head, program).flatMap((aspect): (readonly string[])[] => {
    if (aspect.kind === "distance") return [["distance alone", "", distanceShares(aspect.looks, program.context)]];
    const { look } = aspect;
    if (look.kind === "matchLook") return [["match alone", "", matchShares(look, program.context)]];
    return look.kind === "tokenLook" ? tokenRows(look, program, tokens) : classRows(look, program);
  });
  const hasSides = rows.some(([, side]) => side !== "");
  return aligned(hasSides ? rows : rows.map(([name = "", , text = ""]) => [name, text]));
}

/** The attention that one match draws among tokens that score nothing. */
function matchShares({ rule }: MatchLook, context: number): string {
  const shares = rule.scores.map((score, index) => {
    const length = `${index + 1}${index === rule.scores.length - 1 ? " or more" : ""}`;
    const subject = index === 0 ? "on a match of length" : "of";
    return `${percent(matchShare(score, context))} ${subject} ${length}`;
  });
  return `${fitting(shares, SCORES_WIDTH)}, where one token of ${readIn(context)} matches`;
}

function tokenRows(look: TokenLook, { tensors }: ReadProgram, tokens: TokenText): (readonly string[])[] {
  const scores = tensors.get(look.scores);
  const line = (chosen: readonly number[]): string =>
    fitting(
      tokens.telling(chosen).map((token) => `${tokens.list([token])} ${decimal(scores[token] as number)}`),
      SCORES_WIDTH,
    );
  return [
    [`token${look.back === 0 ? "" : ` ${look.back} before`}`, "most", line(highest(scores, SCORES))],
    ["", "least", line(lowest(scores, SCORES))],
  ];
}

function classRows(look: ClassLook, program: ReadProgram): (readonly string[])[] {
  const scores = scoresLessRowMeans(look.scores, program.tensors);
  const line = (chosen: readonly number[]): string =>
    fitting(
      chosen.map((pair) => `${pairOf(look, pair, program).join(" -> ")} ${decimal(scores[pair] as number)}`),
      SCORES_WIDTH,
    );
  return [
    [`class${earlier(look)}`, "most", line(highest(scores, SCORES))],
    ["", "least", line(lowest(scores, SCORES))],
  ];
}

/** Which tokens' classes count, where they are not those of query and key. */
function earlier({ queryBack, keyBack }: ClassLook): string {
  if (queryBack === keyBack) return queryBack === 0 ? "" : ` ${queryBack} before both`;
  const places = [
    ...(queryBack > 0 ? [`${queryBack} before query`] : []),
    ...(keyBack > 0 ? [`${keyBack} before key`] : []),
  ];
  return ` ${places.join(", ")}`;
}

/** The names of the classes of an entry of a table. */
function pairOf({ scores }: ClassLook, entry: number, { tokenClasses }: ReadProgram): readonly [string, string] {
  const [, columns = 1] = scores.shape;
  const nameOf = (index: number): string => tokenClasses?.names[index] ?? "";
  return [nameOf(Math.floor(entry / columns)), nameOf(entry % columns)];
}
