import type { MlpNode, MlpPartNode } from "../ir/index.ts";
import { blockFolder, ruleKey, twoDigitKey } from "./names.ts";
import { normCode } from "./norm-code.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importForCode, importOf } from "./statements.ts";
import { ruleImports } from "./rules-file.ts";
import { tokenWritesCode } from "./token-writes-code.ts";
import { mlpPartKeys } from "./weights.ts";

/** The file of one MLP: `src/block-05/mlp.ts`. */
export function mlpPlan(mlp: MlpNode, block: number, prose: string): SourceFilePlan {
  const weights = `W.${twoDigitKey("block", block)}`;
  const keys = mlpPartKeys(mlp);
  const parts = mlp.parts.map((part, index) => partCode(part, `${weights}.mlp.${keys[index]}`));
  const code = `{\n norm: ${normCode(mlp.norm, `${weights}.mlpNorm`)}, parts: [${parts.join(", ")}] }`;
  return {
    path: `src/${blockFolder(block)}/mlp.ts`,
    source: [
      importForCode(code, ["affine", "classVectors", "constant", "neurons", "tokenVectors"], "Mlp"),
      ...(code.includes("W.") ? [importOf(["W"], "../weights.ts")] : []),
      ...ruleImports(mlp),
      exportedConst(twoDigitKey("mlp", block), "Mlp", code, prose),
    ],
  };
}

/** @param own where its weights are found */
function partCode(part: MlpPartNode, own: string): string {
  switch (part.kind) {
    case "constantPart":
      return `constant(${own})`;
    case "affinePart":
      return `affine(${own})`;
    case "rulePart":
      return ruleKey(part);
    case "densePart":
      return `neurons({ ...${own}, activation: "${part.activation}" })`;
    default:
      return tokenWritesCode(part, own);
  }
}
