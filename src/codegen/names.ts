import type { HeadNode } from "../ir/index.ts";
import { ruleAttention, ruleMeaning } from "./rule-attention.ts";
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

function meaningOf(head: HeadNode, context: number): string | undefined {
  if (head.moves.kind === "constantMove") return "constant";
  const attention = ruleAttention(head.looks, context);
  return attention && ruleMeaning(attention);
}
