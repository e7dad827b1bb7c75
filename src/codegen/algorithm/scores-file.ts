import type { Case, Copy } from "../../runtime/index.ts";
import { averagesIn } from "../../simplify/index.ts";
import { docComment } from "../comment.ts";
import { quoted, stringLiteral } from "../escape.ts";
import type { SourceFilePlan } from "../source-project.ts";
import { exportedConst, importForCode, importOf } from "../statements.ts";
import { answerLines } from "./answers.ts";
import { byTokenCode, scoreCode } from "./averages-file.ts";
import type { AlgorithmInput } from "./input.ts";
import type { Names } from "./names.ts";
import { factsUsed, pointsCode, recentCode, recentLines } from "./recent.ts";

/** `src/scores.ts`: what may come next. */
export function scoresPlan(input: AlgorithmInput, names: Names): SourceFilePlan {
  const { cases, period } = input.recognised.algorithm;
  const only = cases.every(({ after }) => after === undefined);
  const code = `[${cases.map((each, at) => caseCode(each, cases.slice(0, at), input.decision, names, only, period)).join(",\n")}]`;
  const copied = cases.flatMap(({ copies = [] }) => copies.map(({ of }) => of));
  const used = [...new Set([...copied, ...cases.flatMap(averagesIn)])].map((average) => names.get(average) as string);
  return {
    path: "src/scores.ts",
    source: [
      ...(used.length > 0 ? [importOf(used, "./averages.ts")] : []),
      ...(factsUsed(cases).length > 0 ? [importOf(["known"], "./facts.ts")] : []),
      importForCode(code, ["copy", "copyBefore", "curve", "facts", "near", "waves"], "Case", "./runtime/index.ts"),
      exportedConst("cases", "readonly Case[]", code, proseOf(input, code)),
    ],
  };
}

function proseOf({ decision, recognised }: AlgorithmInput, code: string): string {
  const answer =
    decision === "positive"
      ? "every token with a score above 0 may come next"
      : "the token with the highest score comes next";
  const { cases, period } = recognised.algorithm;
  const isRecent = cases.some(({ recent }) => recent !== undefined);
  const phase = period === undefined ? "" : " and the phase of the position";
  const curves = code.includes("curve(")
    ? " A curve gives a score by an average, straight between the points that it lists and level beyond them."
    : "";
  const copies = cases.some((each) => each.copies)
    ? " What is copied scores by the attention that it gets, straight between the points listed."
    : "";
  const whole = isRecent ? "the whole model" : "the MLPs, the final norm and the unembedding";
  return `Scores of what comes next, by the ${isRecent ? "last few tokens" : "current token"}${phase}: ${answer}.${curves}${copies} Together they stand for ${whole}.`;
}

function caseCode(
  each: Case,
  earlier: readonly Case[],
  decision: "argmax" | "positive",
  names: Names,
  only: boolean,
  period?: number,
): string {
  const { after, phase, scores, others } = each;
  const where = [
    ...(after ? [`After ${after.map(quoted).join(" or ")}`] : [only ? "After any token" : "After any other token"]),
    ...(phase === undefined ? [] : [`at positions ${phase} modulo ${period}`]),
    ...(phase === undefined && earlier.some((own) => isForSomeOf(own, each)) ? ["at other positions"] : []),
  ].join(", ");
  const lines = each.recent?.flatMap(recentLines) ?? answerLines(each, decision, names);
  const comment = docComment([`${where}:`, ...lines.map((line) => `  ${line}`)].join("\n"));
  const members = [
    ...(after ? [`after: [${after.map(stringLiteral).join(", ")}]`] : []),
    ...(phase === undefined ? [] : [`phase: ${phase}`]),
    ...(each.copies ? [`copies: [${each.copies.map((own) => copyCode(own, names)).join(", ")}]`] : []),
    ...(each.differences ? [`differences: ${pointsCode(each.differences)}`] : []),
    ...(each.recent ? [`recent: [${each.recent.map(recentCode).join(", ")}]`] : []),
    `scores: ${byTokenCode(scores, (score) => scoreCode(score, names))}`,
    `others: ${scoreCode(others, names)}`,
  ];
  return `${comment}\n{ ${members.join(", ")} }`;
}

/** Whether a case is for some phases of the tokens that another one is for. */
function isForSomeOf({ after, phase }: Case, other: Case): boolean {
  return phase !== undefined && (after?.some((token) => other.after?.includes(token) ?? true) ?? true);
}

function copyCode({ of, back, points, near }: Copy, names: Names): string {
  return `${back === 1 ? "copyBefore" : "copy"}(${[names.get(of), pointsCode(points), ...(near ? [pointsCode(near)] : [])].join(", ")})`;
}
