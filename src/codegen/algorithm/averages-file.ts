import {
  isByCases,
  isDifferences,
  isSum,
  type AlgorithmLook,
  type Average,
  type ByToken,
  type Curve,
  type Pattern,
  type Score,
  type WorthCase,
} from "../../runtime/index.ts";
import { averagesInWorth, type Relation } from "../../simplify/index.ts";
import { quoted, stringLiteral } from "../escape.ts";
import type { SourceFilePlan } from "../source-project.ts";
import { exportedConst, importOf } from "../statements.ts";
import { tokenText } from "../token-text.ts";
import { listed, nats, percent } from "../wording.ts";
import type { AlgorithmInput } from "./input.ts";
import { signOf, type Names } from "./names.ts";
import { pointsCode } from "./recent.ts";

const FUNCTIONS = [
  "average",
  "curve",
  "differences",
  "followsMatch",
  "kernel",
  "pairs",
  "pattern",
  "phases",
  "sameToken",
  "sizes",
  "tokens",
];

/** `src/averages.ts`: where heads look, and what they find out. */
export function averagesPlan(input: AlgorithmInput, names: Names): SourceFilePlan {
  const { averages, patterns = [] } = input.recognised.algorithm;
  const sharedBy = ({ looks }: Average): string | undefined => {
    const shared = patterns.find((pattern) => pattern.looks === looks);
    return shared && `${names.get(shared)}.looks`;
  };
  const codes = averages.map((average) => codeOf(average, sharedBy(average), names));
  const patternCodes = patterns.map(({ looks }) => `pattern([${looks.map(lookCode).join(", ")}])`);
  const code = [...patternCodes, ...codes].join("\n");
  const called = FUNCTIONS.filter((name) => new RegExp(`\\b${name}\\(`, "u").test(code));
  const types = [...(averages.length > 0 ? ["Average"] : []), ...(patterns.length > 0 ? ["Pattern"] : [])];
  return {
    path: "src/averages.ts",
    source: [
      importOf(called, "./runtime/index.ts", types),
      ...patterns.map((pattern, index) =>
        exportedConst(
          names.get(pattern) as string,
          "Pattern",
          patternCodes[index] as string,
          patternProse(input, pattern, index),
        ),
      ),
      ...averages.map((average, index) =>
        exportedConst(
          names.get(average) as string,
          "Average",
          codes[index] as string,
          proseOf(input, names, average, index),
        ),
      ),
    ],
  };
}

function codeOf({ looks, worth }: Average, shared: string | undefined, names: Names): string {
  const by = isByCases(worth)
    ? `[${worth.map((each) => worthCaseCode(each, names)).join(", ")}]`
    : isDifferences(worth)
      ? lookCode(worth)
      : byTokenCode(worth, valueCode);
  return `average({ looks: ${shared ?? `[${looks.map(lookCode).join(", ")}]`}, worth: ${by} })`;
}

function worthCaseCode({ tokens, phase, worth }: WorthCase, names: Names): string {
  const members = [
    ...(tokens ? [`tokens: [${tokens.map(stringLiteral).join(", ")}]`] : []),
    ...(phase === undefined ? [] : [`phase: ${phase}`]),
    `worth: ${scoreCode(worth, names)}`,
  ];
  return `{ ${members.join(", ")} }`;
}

/** A number, what a score follows, or a list of what it is the sum of. */
export function scoreCode(score: Score, names: Names): string {
  const term = (own: number | Curve): string =>
    typeof own === "number" ? String(own) : `curve(${names.get(own.of)}, ${pointsCode(own.points)})`;
  return isSum(score) ? `[${score.map(term).join(", ")}]` : term(score);
}

const valueCode = (value: number | readonly number[]): string =>
  typeof value === "number" ? String(value) : `[${value.join(", ")}]`;

function lookCode(look: AlgorithmLook): string {
  switch (look.kind) {
    case "tokens":
      return `tokens(${byTokenCode(look.scores, String)})`;
    case "pairs":
      return `pairs(${byTokenCode(look.scores, (row) => byTokenCode(row, String))}${look.keyBack ? `, ${look.keyBack}` : ""})`;
    case "differences":
    case "sizes": {
      const as = look.as && Object.keys(look.as).length > 0 ? `, ${byTokenCode(look.as, String)}` : "";
      const curves = look.kind === "differences" ? [look.points] : [look.larger, look.others];
      return `${look.kind}(${curves.map(pointsCode).join(", ")}${as})`;
    }
    case "phases":
      return `phases([${look.scores.map(valueCode).join(", ")}])`;
    case "kernel":
      return `kernel([${look.steps.map(valueCode).join(", ")}])`;
    case "match":
      return `${look.keyBack === 1 ? "followsMatch" : "sameToken"}([${look.scores.join(", ")}])`;
  }
}

/** `{ a: 1, "<bos>": -1 }`; a key that would set the object's prototype is computed, which makes it a key like others. */
export function byTokenCode<Value>(values: ByToken<Value>, code: (value: Value) => string): string {
  const entries = Object.entries(values).map(([word, value]) => {
    const literal = stringLiteral(word);
    return `${word === "__proto__" ? `[${literal}]` : literal}: ${code(value)}`;
  });
  return `{ ${entries.join(", ")} }`;
}

function patternProse(input: AlgorithmInput, { looks }: Pattern, index: number): string {
  const { recognised } = input;
  const { block, head } = recognised.patternHeads[index] as { block: number; head: number };
  const attended = recognised.attended[index];
  const most = attended
    ? ` On held-out text ${percent(attended.share)} of its attention goes to ${RELATIONS[attended.relation]}.`
    : "";
  return [
    `Where head ${head} of block ${block} looks.${most} ${looksOf(looks)}`,
    ...headFacts(input, block, head),
  ].join("\n");
}

/** What most of a pattern's attention goes to, in words. */
const RELATIONS: Readonly<Record<Relation, string>> = {
  nextLarger:
    "the smallest number larger than the current one, or, after a token that is no number, the smallest of all",
  largest: "the largest number so far",
  induction: "what followed the current token before",
  duplicate: "the current token where it stood before",
  larger: "numbers larger than the current one",
};

/** What the head's mean would cost, and contexts of it. */
function headFacts({ contexts: all, costs, tokenizer }: AlgorithmInput, block: number, head: number): string[] {
  const found = all[block]?.[head] ?? [];
  const text = tokenText(tokenizer);
  const contexts = [...new Set(found.slice(0, 3).map((context) => text.context(context)))];
  const intro = "The head wrote most unlike its mean at «»; ‹› is what it attended to most there:";
  return [
    `The head's mean everywhere would cost ${nats(costs.heads[block]?.[head] ?? 0)}.`,
    ...(contexts.length > 0 ? ["", intro, "", ...contexts.map((line) => `  ${line}`)] : []),
  ];
}

function proseOf(input: AlgorithmInput, names: Names, average: Average, index: number): string {
  const { recognised } = input;
  const { block, head } = recognised.heads[index] as { block: number; head: number };
  const shared = recognised.algorithm.patterns?.some(({ looks }) => looks === average.looks) === true;
  const meaning = meaningOf(average, names);
  if (shared) return meaning;
  const siblings = recognised.heads.filter((place) => place.block === block && place.head === head).length;
  const explained = percent(Math.max(0, recognised.explained[index] ?? 0));
  const foresees = siblings > 1 ? `${siblings} averages together foresee` : "it foresees";
  const claim =
    recognised.patternHeads.length > 0
      ? `Stands for head ${head} of block ${block}.`
      : `Stands for head ${head} of block ${block}: ${foresees} ${explained} of what the head wrote on held-out text, weighed by how much scores depend on it.`;
  return [`${meaning} ${looksOf(average.looks)}`, "", claim, ...headFacts(input, block, head)].join("\n");
}

const AS_LISTED = "What is attended to is worth, as listed, on average.";

/** "The share of "a" among the tokens so far." */
function meaningOf({ looks, worth }: Average, names: Names): string {
  if (isByCases(worth)) {
    const read = [...new Set(averagesInWorth(worth))].map((of) => names.get(of) ?? "");
    if (read.length === 0) return AS_LISTED;
    return `What is attended to is worth, on average, what ${listed(read)} ${read.length === 1 ? "is" : "are"} where it stands, by the curves below.`;
  }
  const what = looks.length === 0 ? "share" : "attention";
  const of = looks.length === 0 ? "of" : "to";
  const among = looks.length === 0 ? " among the tokens so far" : "";
  if (isDifferences(worth)) return `The ${what} ${of} numbers larger than the current one${among}.`;
  const entries = Object.entries(worth);
  const [first, second] = entries;
  const [sign, other] = [first, second].map((own) => own && signOf(own[1]));
  if (entries.length === 1 && first && sign === undefined && typeof first[1] === "object") {
    return `The attention to ${quoted(first[0])}, each counted by the phase of its position: ${first[1].map((value, phase) => `${value} in phase ${phase}`).join(", ")}.`;
  }
  if (entries.length === 1 && first && sign === 1) return `The ${what} ${of} ${tokenInPhases(first)}${among}.`;
  if (entries.length === 2 && first && second && sign !== undefined && other === -sign) {
    const [more, less] = (sign === 1 ? [first, second] : [second, first]).map(tokenInPhases);
    return `The ${what} ${of} ${more} less that ${of} ${less}${among}.`;
  }
  return looks.length === 0 ? "What the tokens so far are worth on average, as listed." : AS_LISTED;
}

/** `"a"`, or `"a" in phase 0` where it counts in that phase alone. */
function tokenInPhases([word, value]: readonly [string, number | readonly number[]]): string {
  if (typeof value === "number" || value.every((own) => own !== 0)) return quoted(word);
  const phases = value.flatMap((own, phase) => (own === 0 ? [] : [String(phase)]));
  return `${quoted(word)} in ${phases.length === 1 ? "phase" : "phases"} ${listed(phases)}`;
}

/** Where the head looks, in a sentence; nothing where it looks evenly. */
function looksOf(looks: readonly AlgorithmLook[]): string {
  const by = looks.map((look) => {
    switch (look.kind) {
      case "tokens":
        return "what a token is";
      case "pairs":
        return `what the current token and ${look.keyBack ? "the one before the other" : "the other one"} are`;
      case "phases":
        return "the phases of both positions";
      case "differences":
        return "how much larger a number is than the current one";
      case "sizes":
        return "what number it is, by one curve for those larger than the current one and another for the rest";
      case "kernel":
        return "how far back a token stands";
      case "match":
        return look.keyBack === 1
          ? "whether it follows a token like the current one"
          : "whether it is like the current one";
    }
  });
  return by.length === 0 ? "" : `Attention goes by ${by.join(" and by ")}.`;
}
