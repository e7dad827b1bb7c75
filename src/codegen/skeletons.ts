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
  /** A rule that the head can be tried without. */
  readonly table: { readonly kind: "classes" | "token"; readonly what: string } | undefined;
}

/** Example edits name heads that still attend, each once; a model with few of them has fewer examples. */
function editsText(program: Program): string {
  const heads = program.blocks.flatMap(({ attention }, block): ExampleHead[] =>
    attention.heads.flatMap((head: HeadNode, index): ExampleHead[] => {
      if (head.moves.kind === "constantMove") return [];
      const name = headName(head, index, program);
      const module = `./${blockFolder(block)}/${headFile(index)}`;
      return [{ name, module, place: `head ${index} of block ${block}`, table: tableOf(head) }];
    }),
  );
  const [first] = heads;
  // Names repeat from block to block.
  const second = heads.slice(0, 2).find(({ name }) => name !== first?.name);
  const ruled = heads.find(({ name, table }) => table && name !== first?.name && name !== second?.name);
  return render("edits.ts", {
    first: first ?? null,
    second: second ?? null,
    ruled: ruled?.table ? { ...ruled, ...ruled.table } : null,
    set: program.tokenSets.at(-1)?.name ?? null,
    tokenClass: program.tokenClasses?.names[0] ?? null,
  });
}

/** A look of a head that reads a table, by its name in the runtime and in words. */
function tableOf({ looks }: HeadNode): ExampleHead["table"] {
  if (looks.some(({ kind }) => kind === "classLook")) return { kind: "classes", what: "scores by class" };
  return looks.some(({ kind }) => kind === "tokenLook") ? { kind: "token", what: "scores by token" } : undefined;
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
  return render("vocabulary.ts", { sets, classes: program.tokenClasses !== undefined });
}
