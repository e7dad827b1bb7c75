import type { HeadNode, LookNode } from "../ir/index.ts";
import type { KernelLook } from "../runtime/index.ts";
import { blockFolder, headFile, headKey, headName, twoDigitKey } from "./names.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importForCode, importOf } from "./statements.ts";
import { count } from "./wording.ts";

const PARTS = ["constant", "denseLook", "denseMove", "kernel", "sink"];

/** The file of one head: `src/block-05/head-01.ts`. */
export function headPlan(head: HeadNode, block: number, index: number, context: number, prose: string): SourceFilePlan {
  const weights = `W.${twoDigitKey("block", block)}.${headKey(index)}`;
  const looks = head.looks.map((look) => lookCode(look, weights)).join("\n");
  const moves = head.moves.kind === "constantMove" ? `constant(${weights}.constant)` : `denseMove(${weights}.move)`;
  const code = `{ looks: [\n${looks}\n], moves: ${moves} }`;
  return {
    path: `src/${blockFolder(block)}/${headFile(index)}`,
    source: [
      importForCode(code, PARTS, "Head"),
      importOf(["W"], "../weights.ts"),
      exportedConst(headName(head, index, context), "Head", code, prose),
    ],
  };
}

function lookCode(look: LookNode, weights: string): string {
  if (look.kind === "denseLook") return `denseLook(${weights}.look),`;
  if (look.kind === "sinkLook") return `sink(${String(look.rule.score)}), // the first token's score`;
  return `kernel([\n${stepLines(look.rule).join("\n")}\n]),`;
}

/** One step a line, with the tokens that it scores. */
function stepLines({ steps }: KernelLook): string[] {
  return steps.map(([last, score], index) => {
    const first = index === 0 ? 0 : (steps[index - 1]?.[0] ?? 0) + 1;
    return `[${String(last)}, ${String(score)}], // ${scored(first, last, index === steps.length - 1)}`;
  });
}

function scored(first: number, last: number, toTheEnd: boolean): string {
  if (toTheEnd) return first === 0 ? "every token" : `${count(first)} or more back`;
  if (first < last) return `${count(first)} to ${count(last)} back`;
  return first === 0 ? "the token itself" : `${count(first)} back`;
}
