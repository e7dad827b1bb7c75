import type { HeadNode, Program } from "../ir/index.ts";
import { docComment } from "./comment.ts";
import { patternLiteral, shown } from "./escape.ts";
import { blockFolder, headFile, headName } from "./names.ts";
import { render } from "./templates.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { capitalised, counted } from "./wording.ts";

/** The files that are nearly the same in every package. */
export function skeletonPlans(program: Program): SourceFilePlan[] {
  return [
    { path: "src/index.ts", source: render("index.ts", {}) },
    { path: "src/edits.ts", source: editsText(program) },
    { path: "src/vocabulary.ts", source: vocabularyText(program) },
    { path: "src/node-files.d.ts", source: render("node-files.d.ts", {}) },
  ];
}

/** package.json and tsconfig.json, as they are before layout. */
export function settingsTexts(modelId: string): { path: string; text: string }[] {
  return [
    {
      path: "package.json",
      text: render("package.json", { name: packageName(modelId), title: JSON.stringify(shown(modelId)).slice(1, -1) }),
    },
    { path: "tsconfig.json", text: render("tsconfig.json", {}) },
  ];
}

/** A name that npm accepts. */
function packageName(modelId: string): string {
  const words = modelId
    .toLowerCase()
    .split(/[^a-z0-9]+/u)
    .filter((word) => word !== "");
  return [...words, "as-typescript"].join("-").slice(0, 214);
}

interface ExampleHead {
  readonly name: string;
  readonly module: string;
  /** "head 1 of block 0" */
  readonly place: string;
}

/** Example edits name heads that still attend; a model with fewer than two has fewer examples. */
function editsText(program: Program): string {
  const [first, second] = program.blocks.flatMap(({ attention }, block): ExampleHead[] =>
    attention.heads.flatMap((head: HeadNode, index): ExampleHead[] => {
      if (head.moves.kind === "constantMove") return [];
      const name = headName(head, index, program);
      const module = `./${blockFolder(block)}/${headFile(index)}`;
      return [{ name, module, place: `head ${index} of block ${block}` }];
    }),
  );
  // Names repeat from block to block.
  const other = second && first && second.name !== first.name ? second : undefined;
  const set = program.tokenSets.at(-1)?.name ?? null;
  return render("edits.ts", { first: first ?? null, second: other ?? null, set });
}

function vocabularyText(program: Program): string {
  const sets = program.tokenSets.map(({ name, description, pattern, size }) => {
    if (!/^[A-Z][A-Z0-9_]*$/u.test(name)) throw new Error(`A token set cannot be called ${name}.`);
    return {
      comment: docComment(`${capitalised(shown(description))}: ${counted(size, "token")}.`),
      name,
      pattern: patternLiteral(pattern),
    };
  });
  return render("vocabulary.ts", { sets });
}
