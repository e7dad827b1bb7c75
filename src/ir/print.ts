import { predicateCode } from "./predicate-code.ts";
import type { Node, Program, ShortcutsNode, Source } from "./program.ts";
import { childrenOf, tensorsOf } from "./visit.ts";

/**
 * A program as text: one line a node, indented by depth, with its shape, its rules and the names and shapes of the
 * tensors that it reads. The same program always prints the same; values are left out.
 */
export function printProgram(program: Program): string {
  return `${linesOf(program, 0).join("\n")}\n`;
}

function linesOf(node: Node, depth: number): string[] {
  const says = [...facts(node), ...tensorsOf(node).map(([role, { name, shape }]) => `${role} ${name} ${tuple(shape)}`)];
  const line = `${"  ".repeat(depth)}${node.kind} ${node.id} ${tuple(node.shape)}`;
  const below = childrenOf(node).flatMap((child) => linesOf(child, depth + 1));
  return [says.length > 0 ? `${line}: ${says.join("; ")}` : line, ...below];
}

const tuple = (shape: readonly (number | string)[]): string => `(${shape.join(", ")})`;

/** What a node says besides its tensors. */
function facts(node: Node): string[] {
  switch (node.kind) {
    case "program":
      return [`context ${node.context}`, `vocabulary ${node.vocabulary}`, `width ${node.width}`];
    case "norm":
      return [`epsilon ${node.epsilon}`];
    case "denseLook":
      return node.paths ? [`query reads ${sources(node.paths.query)}`, `key reads ${sources(node.paths.key)}`] : [];
    case "sinkLook":
      return [`score ${node.rule.score}`];
    case "kernelLook":
      return [`steps ${node.rule.steps.map(([back, score]) => `${back}: ${score}`).join(", ")}`];
    case "embed":
      return node.knots ? [`knots ${node.knots.join(", ")}`] : [];
    case "tokenLook":
      return [`${node.back} before the key`];
    case "classLook":
      return [`${node.queryBack} before the query, ${node.keyBack} before the key`];
    case "matchLook":
      return [`${node.rule.keyBack} before the key`, `scores ${node.rule.scores.join(", ")}`];
    case "classVectors":
      return [`${node.back} before`];
    case "tokenVectors":
      return [`${node.back} before`, ...(node.first ? ["a row for what stands first"] : [])];
    case "tokenClasses":
      return [`classes ${node.names.join(", ")}`];
    case "shortcuts":
      return [`${node.rules.length} rules`, `contexts of ${lengths(node.rules)} tokens`];
    case "denseMove":
    case "affinePart":
      return reads(node.reads);
    case "rulePart":
      return [`when ${predicateCode(node.when)}`, `strength ${node.strength}`, `for neurons ${ranges(node.neurons)}`];
    case "densePart":
      return [node.activation, `neurons ${ranges(node.neurons)}`, ...reads(node.reads)];
    case "unembed":
      return reads(node.reads);
    case "tokenSet":
      return [node.name, `/${node.pattern}/u`];
    default:
      return [];
  }
}

const reads = (list: readonly Source[] | undefined): string[] => (list ? [`reads ${sources(list)}`] : []);

/** "token, position, block00.{head00, head01, mlp}": sources of one block together. */
function sources(list: readonly Source[]): string {
  const groups = new Map<string, string[]>();
  for (const source of list) {
    const [first, rest] = source.split(/\.(.*)/s) as [string, string?];
    groups.set(first, [...(groups.get(first) ?? []), ...(rest === undefined ? [] : [rest])]);
  }
  return [...groups].map(([first, rest]) => (rest.length > 0 ? `${first}.{${rest.join(", ")}}` : first)).join(", ");
}

/** "1-3": the lengths of the rules' contexts. */
function lengths(rules: ShortcutsNode["rules"]): string {
  return ranges([...new Set(rules.map(({ after }) => after.length))].sort((one, other) => one - other));
}

/** "0-11, 13": runs of consecutive numbers together. */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const value of numbers) {
    const run = runs.at(-1);
    if (run && run[1] + 1 === value) run[1] = value;
    else runs.push([value, value]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}
