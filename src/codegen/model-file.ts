import type { Program } from "../ir/index.ts";
import { blockFolder, twoDigitKey } from "./names.ts";
import { normCode } from "./norm-code.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importForCode, importOf } from "./statements.ts";
import { isTied } from "./weights.ts";
import { count } from "./wording.ts";

/** The file of the whole model: `src/model.ts`. */
export function modelPlan(program: Program, prose: string): SourceFilePlan {
  const { context, blocks, finalNorm, unembed } = program;
  const names = blocks.map((_, index) => twoDigitKey("block", index));
  const stream = `(time, ${program.width})`;
  const tokens = isTied(program) ? "W.embed.tokens" : "W.unembed.tokens";
  const bias = unembed.bias ? ", bias: W.unembed.bias" : "";
  const { knots } = program.embed;
  const spared = (context - (knots?.length ?? context)) * program.width;
  const positions = knots
    ? `{ tokens: W.embed.tokens,\n// positions on straight lines between ${knots.length} knots, which spares ${count(spared)} numbers\npositions: interpolated(machine, { knots: [${knots.join(", ")}], rows: W.embed.positionKnots, context: ${context} }) }`
    : "W.embed";
  const shortcuts = program.shortcuts
    ? "\n    shortcuts, // where these decide the next token, the rest has no say"
    : "";
  const code = `{
    context: ${context},
    embed: ${positions}, // token and position embeddings: (time) -> ${stream}
    blocks: [${names.join(", ")}], // each adds to the residual stream: ${stream} -> ${stream}
    finalNorm: ${normCode(finalNorm, "W.finalNorm")}, // ${stream} -> ${stream}
    unembed: { tokens: ${tokens}, directions: machine.transposed(${tokens})${bias} }, // ${stream} -> (time, ${program.vocabulary})${shortcuts}
  }`;
  return {
    path: "src/model.ts",
    source: [
      ...names.map((name, index) => importOf([name], `./${blockFolder(index)}/block.ts`)),
      importForCode(code, ["interpolated"], "Model", "./runtime/index.ts"),
      ...(program.shortcuts ? [importOf(["shortcuts"], "./shortcuts.ts")] : []),
      importOf(["machine", "W"], "./weights.ts"),
      exportedConst("model", "Model", code, prose),
    ],
  };
}
