import type { LookNode, Node, Program } from "./program.ts";
import { rewrite } from "./rewrite.ts";
import { nodesOf, tensorsOf } from "./visit.ts";

/** Numbers of a program that can be trained together: a tensor, or the scores of one rule. */
export interface Parameter {
  /** The tensor's name, or the id of the look whose rule it is. */
  readonly id: string;
  /** The kind of the node and what the numbers are to it: "densePart.input", "kernelLook.scores". */
  readonly kind: string;
  /** Place of the first number in the flat vector. */
  readonly offset: number;
  readonly length: number;
}

/** Where each trained number of a program stands in one flat vector, in model order. Plain data. */
export interface ParameterLayout {
  readonly parameters: readonly Parameter[];
  /** Numbers in all. */
  readonly length: number;
}

/** Decides whether numbers are trained. */
export type Trainable = (parameter: Omit<Parameter, "offset">) => boolean;

/** Trains the numbers of rules for where heads look, and nothing else. */
export const isLookNumber: Trainable = ({ kind }) => /^(?:sink|kernel|match|token|class)Look\./u.test(kind);

/** The layout of everything in a program that is trainable; a tensor with several readers is there once, by the first. */
export function parametersOf(program: Program, trainable: Trainable = () => true): ParameterLayout {
  const seen = new Set<string>();
  const parameters: Parameter[] = [];
  let offset = 0;
  for (const candidate of nodesOf(program).flatMap(ownParameters)) {
    if (seen.has(candidate.id) || !trainable(candidate)) continue;
    seen.add(candidate.id);
    parameters.push({ ...candidate, offset });
    offset += candidate.length;
  }
  return { parameters, length: offset };
}

/** The program's numbers as one vector. */
export function parameterValues(program: Program, layout: ParameterLayout): Float32Array {
  const rules = new Map(nodesOf(program).flatMap((node) => (isRule(node) ? [[node.id, numbersOfRule(node)]] : [])));
  const values = new Float32Array(layout.length);
  for (const { id, offset } of layout.parameters)
    values.set(rules.get(id) ?? program.tensors.get({ name: id }), offset);
  return values;
}

/**
 * The program with other numbers. They are copied once, to memory that worker threads can share, so that changing
 * `values` later changes nothing.
 */
export function withParameters(program: Program, layout: ParameterLayout, values: Float32Array): Program {
  const shared = new Float32Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  const numbers = new Map(
    layout.parameters.map(({ id, offset, length }) => [id, shared.subarray(offset, offset + length)]),
  );
  const changed = rewrite(program, {
    look(node) {
      const own = isRule(node) && numbers.get(node.id);
      return own ? withNumbers(node, own) : node;
    },
  });
  return { ...changed, tensors: program.tensors.with([...numbers].filter(([id]) => program.tensors.has(id))) };
}

/** A look whose numbers are in its rule instead of a tensor. */
export type RuleNode = Extract<LookNode, { readonly rule: object }>;

/** Whether a node's numbers are in a rule. */
export function isRule(node: Node): node is RuleNode {
  return node.kind === "sinkLook" || node.kind === "kernelLook" || node.kind === "matchLook";
}

/** The scores of a rule, in its own order. */
export function numbersOfRule(node: RuleNode): number[] {
  switch (node.kind) {
    case "sinkLook":
      return [node.rule.score];
    case "kernelLook":
      return node.rule.steps.map(([, score]) => score);
    case "matchLook":
      return [...node.rule.scores];
  }
}

function withNumbers(node: RuleNode, numbers: Float32Array): RuleNode {
  const number = (index: number): number => numbers[index] as number;
  switch (node.kind) {
    case "sinkLook":
      return { ...node, rule: { ...node.rule, score: number(0) } };
    case "kernelLook":
      return { ...node, rule: { ...node.rule, steps: node.rule.steps.map(([back], step) => [back, number(step)]) } };
    case "matchLook":
      return { ...node, rule: { ...node.rule, scores: [...numbers] } };
  }
}

/** What says which tokens are alike: no numbers that could change a little. */
const PARTITIONS: ReadonlySet<string> = new Set(["tokenClasses.classes", "tokenVectors.groups"]);

/** What can be trained of one node itself. */
function ownParameters(node: Node): Omit<Parameter, "offset">[] {
  if (isRule(node)) {
    const kind = node.kind === "sinkLook" ? "sinkLook.score" : `${node.kind}.scores`;
    return [{ id: node.id, kind, length: numbersOfRule(node).length }];
  }
  return tensorsOf(node)
    .map(([role, { name, shape }]) => ({
      id: name,
      kind: `${node.kind}.${role}`,
      length: shape.reduce((product, extent) => product * extent, 1),
    }))
    .filter(({ kind }) => !PARTITIONS.has(kind));
}
