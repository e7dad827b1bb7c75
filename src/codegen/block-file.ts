import type { BlockNode } from "../ir/index.ts";
import type { LookedUp } from "./look-strength.ts";
import { blockFolder, headFile, headName, twoDigitKey } from "./names.ts";
import { normCode } from "./norm-code.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importOf } from "./statements.ts";

/** The file of one block: `src/block-05/block.ts`. */
export function blockPlan({ attention }: BlockNode, block: number, program: LookedUp, prose: string): SourceFilePlan {
  const name = twoDigitKey("block", block);
  const names = attention.heads.map((head, index) => headName(head, index, program));
  const bias = attention.bias ? `, bias: W.${name}.attentionBias` : "";
  const norm = normCode(attention.norm, `W.${name}.attentionNorm`);
  const code = `{\n attention: {\n norm: ${norm}, heads: [${names.join(", ")}]${bias} }, mlp: ${twoDigitKey("mlp", block)} }`;
  return {
    path: `src/${blockFolder(block)}/block.ts`,
    source: [
      importOf([], "../runtime/index.ts", ["Block"]),
      ...(code.includes("W.") ? [importOf(["W"], "../weights.ts")] : []),
      ...names.map((head, index) => importOf([head], `./${headFile(index)}`)),
      importOf([twoDigitKey("mlp", block)], "./mlp.ts"),
      exportedConst(name, "Block", code, prose),
    ],
  };
}
