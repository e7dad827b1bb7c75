import type { HeadNode, LookNode } from "../ir/index.ts";
import { blockFolder, headFile, headKey, headName, twoDigitKey } from "./names.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importForCode, importOf } from "./statements.ts";

const PARTS = ["constant", "denseLook", "denseMove", "kernel", "sink"];

/** The file of one head: `src/block-05/head-01.ts`. */
export function headPlan(head: HeadNode, block: number, index: number, context: number, prose: string): SourceFilePlan {
  const weights = `W.${twoDigitKey("block", block)}.${headKey(index)}`;
  const looks = head.looks.map((look) => lookCode(look, weights)).join(", ");
  const moves = head.moves.kind === "constantMove" ? `constant(${weights}.constant)` : `denseMove(${weights}.move)`;
  const code = `{ looks: [${looks}], moves: ${moves} }`;
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
  if (look.kind === "denseLook") return `denseLook(${weights}.look)`;
  if (look.kind === "sinkLook") return `sink(${String(look.rule.score)})`;
  return `kernel(${JSON.stringify(look.rule.steps)})`;
}
