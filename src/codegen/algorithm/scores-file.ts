import { isSum, type Case, type Copy, type Curve, type Score } from "../../runtime/index.ts";
import { docComment } from "../comment.ts";
import { quoted, stringLiteral } from "../escape.ts";
import type { SourceFilePlan } from "../source-project.ts";
import { exportedConst, importForCode, importOf } from "../statements.ts";
import { answerLines } from "./answers.ts";
import { averagesOf, byTokenCode } from "./averages-file.ts";
import type { AlgorithmInput } from "./input.ts";
import type { Names } from "./names.ts";

/** `src/scores.ts`: what may come next. */
export function scoresPlan(input: AlgorithmInput, names: Names): SourceFilePlan {
  const { cases, period } = input.recognised.algorithm;
  const code = `[${cases.map((each) => caseCode(each, input.decision, names, period)).join(",\n")}]`;
  const copied = cases.flatMap(({ copies = [] }) => copies.map(({ of }) => of));
  const used = [...new Set([...copied, ...cases.flatMap(averagesOf)])].map((average) => names.get(average) as string);
  return {
    path: "src/scores.ts",
    source: [
      ...(used.length > 0 ? [importOf(used, "./averages.ts")] : []),
      importForCode(code, ["copy", "curve"], "Case", "./runtime/index.ts"),
      exportedConst("cases", "readonly Case[]", code, proseOf(input)),
    ],
  };
}

function proseOf({ decision }: AlgorithmInput): string {
  const answer =
    decision === "positive"
      ? "every token with a score above 0 may come next"
      : "the token with the highest score comes next";
  return `Scores of what comes next, by the current token: ${answer}. A curve gives a score by an average, straight between the points that it lists and level beyond them. Together they stand for the MLPs, the final norm and the unembedding.`;
}

function caseCode(each: Case, decision: "argmax" | "positive", names: Names, period?: number): string {
  const { after, phase, scores, others } = each;
  const where = [
    ...(after ? [`After ${after.map(quoted).join(" or ")}`] : ["After any other token"]),
    ...(phase === undefined ? [] : [`at positions ${phase} modulo ${period}`]),
  ].join(", ");
  const lines = answerLines(each, decision, names);
  const comment = docComment([`${where}:`, ...lines.map((line) => `  ${line}`)].join("\n"));
  const members = [
    ...(after ? [`after: [${after.map(stringLiteral).join(", ")}]`] : []),
    ...(phase === undefined ? [] : [`phase: ${phase}`]),
    ...(each.copies ? [`copies: [${each.copies.map((own) => copyCode(own, names)).join(", ")}]`] : []),
    ...(each.differences ? [`differences: ${pointsCode(each.differences)}`] : []),
    `scores: ${byTokenCode(scores, (score) => scoreCode(score, names))}`,
    `others: ${scoreCode(others, names)}`,
  ];
  return `${comment}\n{ ${members.join(", ")} }`;
}

function copyCode({ of, points, near }: Copy, names: Names): string {
  return `copy(${[names.get(of), pointsCode(points), ...(near ? [pointsCode(near)] : [])].join(", ")})`;
}

function scoreCode(score: Score, names: Names): string {
  const term = (own: number | Curve): string =>
    typeof own === "number" ? String(own) : `curve(${names.get(own.of)}, ${pointsCode(own.points)})`;
  return isSum(score) ? `[${score.map(term).join(", ")}]` : term(score);
}

function pointsCode(points: Curve["points"]): string {
  return `[${points.map((point) => `[${point.join(", ")}]`).join(", ")}]`;
}
