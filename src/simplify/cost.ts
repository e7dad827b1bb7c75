import {
  handlesOf,
  type HeadNode,
  type LookNode,
  type MoveNode,
  type Program,
  type TensorHandle,
} from "../ir/index.ts";
import { BITS_PER_CHARACTER, BITS_PER_PARAMETER } from "./candidate.ts";

/** Most that a number of a table has to foresee of what its head or MLP matters, in nats a position. */
const MOST_WORTH = 4e-7;

/** The same where nothing but rules stands: there the headline lacks bits sooner than what is foreseen. */
const WORTH_OF_RULES_ALONE = 6e-7;

/** The share of a model's numbers that a budget is taken to buy: so much each of them may cost. */
const BOUGHT_SHARE = 0.1;

/** What a number of a table has to foresee of what its head or MLP matters, where so many nats a position may be spent. */
export function worthOfNumber(program: Program, most: number): number {
  if (most === Infinity) return WORTH_OF_RULES_ALONE;
  return Math.min(MOST_WORTH, most / (BOUGHT_SHARE * sizes(handlesOf(program))));
}

/** Number of weights that a head, or one of its two answers, reads. */
export function parametersOf(node: HeadNode | LookNode | MoveNode): number {
  switch (node.kind) {
    case "head":
      return [...node.looks, node.moves].reduce((sum, part) => sum + parametersOf(part), 0);
    case "denseLook":
      return sizes([node.query, node.queryBias, node.key]);
    case "denseMove":
      return sizes([node.value, node.output]);
    case "constantMove":
      return sizes([node.vector]);
    case "tokenLook":
    case "classLook":
      return sizes([node.scores]);
    case "classVectors":
      return sizes([node.vectors]);
    case "tokenVectors":
      return sizes(handlesOf(node));
    case "sinkLook":
    case "kernelLook":
    case "matchLook":
      return 0;
  }
}

/** Number of weights of one whole head, query bias included: what narrowing it would save is not explained by a rule. */
export function weightsOfHead(program: Program): number {
  return weightsOfLook(program) + 2 * program.width * headWidth(program);
}

/** Of its queries and keys alone. */
export function weightsOfLook(program: Program): number {
  return (2 * program.width + 1) * headWidth(program);
}

const headWidth = ({ width, blocks }: Program): number => width / (blocks[0]?.attention.heads.length ?? 1);

/** Bits of looks that are rules: their tables, and their numbers as they are printed. */
export function bitsOfLooks(looks: readonly LookNode[]): number {
  const numbers = looks.flatMap((look) =>
    look.kind === "sinkLook" || look.kind === "kernelLook" || look.kind === "matchLook" ? [look.rule] : [],
  );
  const tables = looks.reduce((sum, look) => sum + parametersOf(look), 0);
  return tables * BITS_PER_PARAMETER + JSON.stringify(numbers).length * BITS_PER_CHARACTER;
}

function sizes(handles: readonly TensorHandle[]): number {
  return handles.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
}
