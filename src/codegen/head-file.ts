import type { HeadNode, LookNode, MoveNode } from "../ir/index.ts";
import type { KernelLook, MatchLook } from "../runtime/index.ts";
import type { LookedUp } from "./look-strength.ts";
import { blockFolder, headFile, headKey, headName, twoDigitKey } from "./names.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importForCode, importOf } from "./statements.ts";
import { tokenWritesCode } from "./token-writes-code.ts";
import { lookKeys } from "./weights.ts";
import { count } from "./wording.ts";

const PARTS = [
  "classScores",
  "classVectors",
  "constant",
  "denseLook",
  "denseMove",
  "followsMatch",
  "kernel",
  "sameToken",
  "sink",
  "tokenScores",
  "tokenVectors",
];

/** The file of one head: `src/block-05/head-01.ts`. */
export function headPlan(
  head: HeadNode,
  block: number,
  index: number,
  program: LookedUp,
  prose: string,
): SourceFilePlan {
  const weights = `W.${twoDigitKey("block", block)}.${headKey(index)}`;
  const keys = lookKeys(head.looks);
  const looks = head.looks.map((look, at) => lookCode(look, `${weights}.${keys[at]}`)).join("\n");
  const moves = moveCode(head.moves, weights);
  const code = `{ looks: [\n${looks}\n], moves: ${moves} }`;
  return {
    path: `src/${blockFolder(block)}/${headFile(index)}`,
    source: [
      importForCode(code, PARTS, "Head"),
      ...(code.includes("W.") ? [importOf(["W"], "../weights.ts")] : []),
      exportedConst(headName(head, index, program), "Head", code, prose),
    ],
  };
}

/** @param own where its weights are found */
function lookCode(look: LookNode, own: string): string {
  switch (look.kind) {
    case "denseLook":
      return `denseLook(${own}),`;
    case "sinkLook":
      return `sink(${String(look.rule.score)}), // the first token's score`;
    case "kernelLook":
      return `kernel([\n${stepLines(look.rule).join("\n")}\n]),`;
    case "tokenLook":
      return `tokenScores({ back: ${look.back}, scores: ${own} }),`;
    case "classLook":
      return `classScores({ classes: W.tokenClasses, queryBack: ${look.queryBack}, keyBack: ${look.keyBack}, scores: ${own} }),`;
    case "matchLook":
      return `${look.rule.keyBack === 0 ? "sameToken" : "followsMatch"}([\n${lengthLines(look.rule).join("\n")}\n]),`;
  }
}

function moveCode(moves: MoveNode, weights: string): string {
  switch (moves.kind) {
    case "constantMove":
      return `constant(${weights}.constant)`;
    case "denseMove":
      return `denseMove(${weights}.move)`;
    default:
      return tokenWritesCode(moves, `${weights}.${moves.kind}`);
  }
}

/** One step a line, with the tokens that it scores. */
function stepLines({ steps }: KernelLook): string[] {
  return steps.map(([last, score], index) => {
    const first = index === 0 ? 0 : (steps[index - 1]?.[0] ?? 0) + 1;
    return `[${String(last)}, ${String(score)}], // ${scored(first, last, index === steps.length - 1)}`;
  });
}

/** One score a line, with the length of the repeated text that it is for. */
function lengthLines({ scores }: MatchLook): string[] {
  return scores.map((score, index) => {
    const more = index === scores.length - 1 ? " or more" : "";
    return `${String(score)}, // ${index + 1}${more} ${index === 0 && !more ? "token" : "tokens"} repeated`;
  });
}

function scored(first: number, last: number, toTheEnd: boolean): string {
  if (toTheEnd) return first === 0 ? "every token" : `${count(first)} or more back`;
  if (first < last) return `${count(first)} to ${count(last)} back`;
  return first === 0 ? "the token itself" : `${count(first)} back`;
}
