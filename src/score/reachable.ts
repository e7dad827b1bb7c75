import { posix } from "node:path";
import ts from "typescript";
import type { SourceText } from "./package-files.ts";

const ENTRY = "src/index.ts";

/**
 * The files that a package's index can reach: what is only there to be looked at costs nothing. Any text that looks like a
 * relative path counts as a way, so that nothing is reached unseen by an import that is made while the program runs.
 */
export function reachableSources(sources: readonly SourceText[]): SourceText[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const pending = [ENTRY];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const source = byPath.get(path);
    if (!source || reached.has(path)) continue;
    reached.add(path);
    for (const relative of relativePaths(source)) pending.push(posix.join(posix.dirname(path), relative));
  }
  return sources.filter(({ path }) => reached.has(path));
}

/** Whether a text in a source names a file beside it. */
export function isRelativePath(text: string): boolean {
  return /^\.{1,2}\//.test(text);
}

function relativePaths({ path, text }: SourceText): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isTypeImport = ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    if (isTypeImport) return;
    if (ts.isStringLiteralLike(node) && isRelativePath(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
