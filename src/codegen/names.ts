import type { HeadNode } from "../ir/index.ts";
import { ruleAttention } from "./rule-attention.ts";
import { twoDigits } from "./wording.ts";

/** "block05" for ("block", 5) */
export function twoDigitKey(prefix: string, index: number): string {
  return `${prefix}${twoDigits(index)}`;
}

/** "head01" */
export const headKey = (head: number): string => twoDigitKey("head", head);

/** "block-05" */
export const blockFolder = (block: number): string => `block-${twoDigits(block)}`;

/** "head-01.ts" */
export const headFile = (head: number): string => `head-${twoDigits(head)}.ts`;

/** The exported name of a head: its position, after what it does where that is known. */
export function headName(head: HeadNode, index: number, context: number): string {
  const meaning = meaningOf(head, context);
  return meaning ? `${meaning}Head${twoDigits(index)}` : headKey(index);
}

/** Some more than half of the attention off the first token decides what a head that looks by rules is called. */
const MOST = 0.5;

function meaningOf(head: HeadNode, context: number): string | undefined {
  if (head.moves.kind === "constantMove") return "constant";
  const attention = ruleAttention(head.looks, context);
  if (!attention) return undefined;
  const { first, self, previous, near } = attention;
  const rest = 1 - first;
  if (previous > MOST * rest) return "previousToken";
  if (self > MOST * rest) return "currentToken";
  return self + previous + near > MOST * rest ? "nearbyTokens" : "averaging";
}
