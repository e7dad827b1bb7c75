import {
  StructureKind,
  VariableDeclarationKind,
  type ImportDeclarationStructure,
  type ImportSpecifierStructure,
  type OptionalKind,
  type VariableStatementStructure,
} from "ts-morph";
import { commentText } from "./comment.ts";

/** `import { a, b, type C } from "module";` */
export function importOf(
  names: readonly string[],
  from: string,
  types: readonly string[] = [],
): ImportDeclarationStructure {
  const onlyTypes = names.length === 0;
  const namedImports = [
    ...names.map((name): OptionalKind<ImportSpecifierStructure> => ({ name })),
    ...types.map((name): OptionalKind<ImportSpecifierStructure> => ({ name, isTypeOnly: !onlyTypes })),
  ];
  return { kind: StructureKind.ImportDeclaration, moduleSpecifier: from, namedImports, isTypeOnly: onlyTypes };
}

/** An import from the runtime of a type, and of those of its functions that the code calls. */
export function importForCode(
  code: string,
  functions: readonly string[],
  type: string,
  runtime = "../runtime/index.ts",
): ImportDeclarationStructure {
  const called = functions.filter((name) => new RegExp(`\\b${name}\\(`, "u").test(code));
  return importOf(called, runtime, [type]);
}

/** `export const name: type = code;` under a doc comment. */
export function exportedConst(
  name: string,
  type: string | undefined,
  code: string,
  prose: string,
): VariableStatementStructure {
  return {
    kind: StructureKind.VariableStatement,
    declarationKind: VariableDeclarationKind.Const,
    isExported: true,
    leadingTrivia: "\n",
    docs: [{ description: descriptionOf(prose) }],
    declarations: [{ name, initializer: code, ...(type !== undefined && { type }) }],
  };
}

/** One line where it fits; ts-morph starts a comment on its own line where the text begins with a line end. */
function descriptionOf(prose: string): string {
  const text = commentText(prose);
  return text.includes("\n") ? `\n${text}` : text;
}
