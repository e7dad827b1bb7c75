import ts from "typescript";
import type { Report } from "../report/index.ts";
import type { SourceText } from "./package-files.ts";

/** How much a reader of the package has to read, without the runtime, and how much of it is documented. */
export function sourceFacts(sources: readonly SourceText[]): Report["source"] {
  const lines = sources.map(({ text }) => text.split("\n").length - (text.endsWith("\n") ? 1 : 0));
  const declarations = sources.flatMap(({ path, text }) => exportedDeclarations(path, text));
  const documented = declarations.filter((node) => ts.getJSDocCommentsAndTags(node).length > 0);
  return {
    files: sources.length,
    lines: lines.reduce((sum, count) => sum + count, 0),
    longestFile: lines.reduce((most, count) => Math.max(most, count), 0),
    documentedShare: declarations.length === 0 ? 1 : documented.length / declarations.length,
  };
}

/** Declarations with an `export` of their own; what is only passed on from another file is documented there. */
function exportedDeclarations(path: string, text: string): ts.Node[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return file.statements.filter(
    (statement) =>
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true,
  );
}
