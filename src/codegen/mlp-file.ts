import type { MlpNode } from "../ir/index.ts";
import { blockFolder, twoDigitKey } from "./names.ts";
import { normCode } from "./norm-code.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importForCode, importOf } from "./statements.ts";
import { mlpPartKeys } from "./weights.ts";

/** The file of one MLP: `src/block-05/mlp.ts`. */
export function mlpPlan(mlp: MlpNode, block: number, prose: string): SourceFilePlan {
  const weights = `W.${twoDigitKey("block", block)}`;
  const keys = mlpPartKeys(mlp);
  const parts = mlp.parts.map((part, index) => {
    const own = `${weights}.mlp.${keys[index]}`;
    return part.kind === "constantPart"
      ? `constant(${own})`
      : `neurons({ ...${own}, activation: "${part.activation}" })`;
  });
  const code = `{\n norm: ${normCode(mlp.norm, `${weights}.mlpNorm`)}, parts: [${parts.join(", ")}] }`;
  return {
    path: `src/${blockFolder(block)}/mlp.ts`,
    source: [
      importForCode(code, ["constant", "neurons"], "Mlp"),
      ...(code.includes("W.") ? [importOf(["W"], "../weights.ts")] : []),
      exportedConst(twoDigitKey("mlp", block), "Mlp", code, prose),
    ],
  };
}
