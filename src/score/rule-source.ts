import { existsSync, readdirSync, readFileSync } from "node:fs";
import ts from "typescript";
import type { SourceText } from "./package-files.ts";
import { isRelativePath } from "./reachable.ts";

const BITS_PER_CHARACTER = 8;
const OWN_RUNTIME = new URL("../../src/runtime/", import.meta.url);

/** Words of the architecture, which the original's description has as well. */
const ARCHITECTURE: ReadonlySet<string> = new Set(["gelu_new", "gelu", "relu"]);

/** How much there is to wire up in a package. */
export interface WiringSize {
  readonly blocks: number;
  readonly heads: number;
  readonly tensors: number;
}

/** Characters of wiring that are free: of a package, of each block (its MLP included), each head, and each tensor. */
const FREE = { package: 6000, block: 1000, head: 400, tensor: 120 };

/**
 * Bits of a package's source: its rules, and what of the rest is more than wiring up such an architecture takes, all
 * without comments, types and spare white space, at 8 bits a character. The bound keeps names, keys and the order in which
 * things are wired up from carrying more than a few numbers.
 *
 * @param wiring texts that say nothing by themselves: names of the package's tensors and files
 */
export function sourceBits(sources: readonly SourceText[], wiring: ReadonlySet<string>, size: WiringSize): number {
  const rules = ruleSourceBits(sources, wiring);
  const characters = sources.reduce((sum, source) => sum + codeCharacters(source), 0);
  const free = FREE.package + FREE.block * size.blocks + FREE.head * size.heads + FREE.tensor * size.tensors;
  return rules + Math.max(0, characters * BITS_PER_CHARACTER - rules - free * BITS_PER_CHARACTER);
}

/**
 * Bits of everything in a package's source that says something the architecture does not: every outermost expression with
 * a number, a text, a pattern or a function in it, without comments and spare white space, at 8 bits a character.
 * Wiring (which tensor is read where, and how tensors are loaded) is free, as the original's architecture is; a tensor pays
 * for itself.
 */
export function ruleSourceBits(sources: readonly SourceText[], wiring: ReadonlySet<string>): number {
  return sources.reduce((bits, source) => bits + ruleCharacters(source, wiring) * BITS_PER_CHARACTER, 0);
}

/** Characters of all code that runs. */
function codeCharacters({ path, text }: SourceText): number {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const isErased = (node: ts.Statement): boolean => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
  return file.statements.reduce((sum, node) => sum + (isErased(node) ? 0 : tokensOf(node, file).length), 0);
}

/** Files of a package's runtime that differ from this compiler's: what was changed there counts as the package's own. */
export function changedRuntime(runtime: readonly SourceText[], folder = OWN_RUNTIME): SourceText[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const own = new Map<string, string>();
  for (const name of names) own.set(`src/runtime/${name}`, readFileSync(new URL(name, folder), "utf8"));
  return runtime.filter(({ path, text }) => own.get(path) !== text);
}

function ruleCharacters({ path, text }: SourceText, wiring: ReadonlySet<string>): number {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const loadsWeights = /(^|\/)weights\.ts$/.test(path);
  const says = (node: ts.Node): boolean => {
    if (ts.isStringLiteralLike(node)) return !isWiring(node.text, wiring);
    if (ts.isTemplateExpression(node)) return !isRelativePath(node.head.text);
    if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node) || ts.isRegularExpressionLiteral(node)) return true;
    if (ts.isFunctionLike(node) && !loadsWeights) return true;
    return ts.forEachChild(node, (child) => says(child) || undefined) ?? false;
  };
  let characters = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isExpression(node) && !isContainer(node) && says(node)) characters += tokensOf(node, file).length;
    else ts.forEachChild(node, visit);
  };
  visit(file);
  return characters;
}

function isWiring(text: string, names: ReadonlySet<string>): boolean {
  return isRelativePath(text) || names.has(text) || ARCHITECTURE.has(text);
}

/** Whether an expression only holds others, which are then looked at one by one. */
function isContainer(node: ts.Expression): boolean {
  return ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);
}

/** An expression's tokens, with a space only between words. */
function tokensOf(node: ts.Node, file: ts.SourceFile): string {
  const tokens: string[] = [];
  const visit = (child: ts.Node): void => {
    if (child.kind >= ts.SyntaxKind.FirstJSDocNode && child.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const children = child.getChildren(file);
    if (children.length > 0) children.forEach(visit);
    else if (child.getWidth(file) > 0) tokens.push(child.getText(file));
  };
  visit(node);
  return tokens.reduce((text, token) => text + (/\w$/.test(text) && /^\w/.test(token) ? " " : "") + token, "");
}
