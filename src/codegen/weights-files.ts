import type { Program } from "../ir/index.ts";
import { blockFolder, twoDigitKey } from "./names.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importOf } from "./statements.ts";
import { stringLiteral } from "./escape.ts";
import { render } from "./templates.ts";
import { weightsOf, type Weight } from "./weights.ts";

/** `src/weights.ts`, and `src/block-05/weights.ts` for every block. */
export function weightsPlans(program: Program): SourceFilePlan[] {
  const weights = weightsOf(program);
  const blocks = program.blocks.map((_, index) => {
    const name = twoDigitKey("block", index);
    return { index, name, folder: blockFolder(index), weights: weights.filter(({ path }) => path[0] === name) };
  });
  const own = weights.filter(({ path }) => !blocks.some(({ name }) => name === path[0]));
  const before = own.filter(({ path }) => path[0] === "embed");
  const after = own.filter(({ path }) => path[0] !== "embed");
  const tree = [members(before, 0), ...blocks.map(({ name }) => `${name}: ${name}(tensor),`), members(after, 0)].join(
    "\n",
  );
  return [
    { path: "src/weights.ts", source: render("weights.ts", { blocks, tree }) },
    ...blocks.map(({ index, name, folder, weights: inBlock }): SourceFilePlan => {
      const prose = `Weights of block ${index}, each read by its name in weights/model.safetensors.`;
      const code = `(tensor: (name: string) => Tensor) => ({\n${members(inBlock, 1)}\n})`;
      return {
        path: `src/${folder}/weights.ts`,
        source: [importOf([], "../runtime/index.ts", ["Tensor"]), exportedConst(name, undefined, code, prose)],
      };
    }),
  ];
}

/** Members of an object literal, a tensor with its shape a line, nested by the keys of their paths. */
function members(weights: readonly Weight[], depth: number): string {
  const keys = [...new Set(weights.map(({ path }) => path[depth] as string))];
  return keys
    .map((key) => {
      const group = weights.filter(({ path }) => path[depth] === key);
      const [first] = group as [Weight];
      if (first.path.length > depth + 1) return `${key}: {\n${members(group, depth + 1)}\n},`;
      return `${key}: tensor(${stringLiteral(first.handle.name)}), // (${first.handle.shape.join(", ")})`;
    })
    .join("\n");
}
