import { termsOf, type AlgorithmLook, type Average, type ByToken, type Case } from "../../runtime/index.ts";
import { quoted, stringLiteral } from "../escape.ts";
import type { SourceFilePlan } from "../source-project.ts";
import { exportedConst, importForCode } from "../statements.ts";
import { tokenText } from "../token-text.ts";
import { nats, percent } from "../wording.ts";
import type { AlgorithmInput } from "./input.ts";

/** `src/averages.ts`: what heads find out. */
export function averagesPlan(input: AlgorithmInput, names: ReadonlyMap<Average, string>): SourceFilePlan {
  const { averages } = input.recognised.algorithm;
  const codes = averages.map((average) => codeOf(average));
  return {
    path: "src/averages.ts",
    source: [
      importForCode(
        codes.join("\n"),
        ["average", "followsMatch", "kernel", "pairs", "phases", "sameToken", "tokens"],
        "Average",
        "./runtime/index.ts",
      ),
      ...averages.map((average, index) =>
        exportedConst(names.get(average) as string, "Average", codes[index] as string, proseOf(input, average, index)),
      ),
    ],
  };
}

function codeOf({ looks, worth }: Average): string {
  return `average({ looks: [${looks.map(lookCode).join(", ")}], worth: ${byTokenCode(worth, valueCode)} })`;
}

const valueCode = (value: number | readonly number[]): string =>
  typeof value === "number" ? String(value) : `[${value.join(", ")}]`;

function lookCode(look: AlgorithmLook): string {
  switch (look.kind) {
    case "tokens":
      return `tokens(${byTokenCode(look.scores, String)})`;
    case "pairs":
      return `pairs(${byTokenCode(look.scores, (row) => byTokenCode(row, String))})`;
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

function proseOf(input: AlgorithmInput, average: Average, index: number): string {
  const { recognised, profile, tokenizer } = input;
  const { block, head } = recognised.heads[index] as { block: number; head: number };
  const measured = profile.heads[block]?.[head];
  const explained = recognised.explained[index] ?? 0;
  const siblings = recognised.heads.filter((place) => place.block === block && place.head === head).length;
  const contexts = [
    ...new Set((measured?.contexts ?? []).slice(0, 3).map((context) => tokenText(tokenizer).context(context))),
  ];
  return [
    `${meaningOf(average)} ${looksOf(average.looks)}`,
    "",
    `Stands for head ${head} of block ${block}: ${siblings > 1 ? `${siblings} averages together foresee` : "it foresees"} ${percent(Math.max(0, explained))} of what the head wrote on held-out text. The head's mean everywhere would cost ${nats(measured?.price ?? 0)}.`,
    ...(contexts.length > 0
      ? [
          "",
          "The head wrote most unlike its mean at «»; ‹› is what it attended to most there:",
          "",
          ...contexts.map((line) => `  ${line}`),
        ]
      : []),
  ].join("\n");
}

/** "The share of "a" among the tokens so far." */
function meaningOf({ looks, worth }: Average): string {
  const what = looks.length === 0 ? "share" : "attention";
  const of = looks.length === 0 ? "of" : "to";
  const among = looks.length === 0 ? " among the tokens so far" : "";
  const entries = Object.entries(worth);
  const [first, second] = entries;
  const isPlain = entries.every(([, value]) => value === 1 || value === -1);
  if (entries.length === 1 && typeof first?.[1] === "object") {
    return `The attention to ${quoted(first[0])}, each counted by the phase of its position: ${first[1].map((value, phase) => `${value} in phase ${phase}`).join(", ")}.`;
  }
  if (entries.length === 1 && isPlain) return `The ${what} ${of} ${quoted(first?.[0] ?? "")}${among}.`;
  if (entries.length === 2 && isPlain && first && second && first[1] !== second[1]) {
    const [more, less] = first[1] === 1 ? [first[0], second[0]] : [second[0], first[0]];
    return `The ${what} ${of} ${quoted(more)} less that ${of} ${quoted(less)}${among}.`;
  }
  return looks.length === 0
    ? "What the tokens so far are worth on average, as listed."
    : "What is attended to is worth, as listed, on average.";
}

/** Where the head looks, in a sentence; nothing where it looks evenly. */
function looksOf(looks: readonly AlgorithmLook[]): string {
  const by = looks.map(({ kind }) => {
    if (kind === "tokens") return "what a token is";
    if (kind === "pairs") return "what the current token and the other one are";
    if (kind === "phases") return "the phases of both positions";
    return kind === "kernel" ? "how far back a token stands" : "whether the current token stood there before";
  });
  return by.length === 0 ? "" : `Attention goes by ${by.join(" and by ")}.`;
}

/** The averages that a case's scores follow. */
export function averagesOf({ scores, others }: Case): Average[] {
  return [...Object.values(scores), others].flatMap((score) =>
    termsOf(score).flatMap((term) => (typeof term === "number" ? [] : [term.of])),
  );
}
