import type { HeadNode, RulePartNode } from "../ir/index.ts";
import { aspectsByStrength, type LookedUp } from "./look-strength.ts";
import { matchMeaning, matchShare, ruleAttention, ruleMeaning } from "./rule-attention.ts";
import { looksByRule } from "./sites.ts";
import { twoDigits } from "./wording.ts";

/** "block05" for ("block", 5) */
export function twoDigitKey(prefix: string, index: number): string {
  return `${prefix}${twoDigits(index)}`;
}

/** "head01" */
export const headKey = (head: number): string => twoDigitKey("head", head);

/** "rule0017": the last part of a rule's id. */
export const ruleKey = ({ id }: RulePartNode): string => id.slice(id.lastIndexOf(".") + 1);

/** "block-05" */
export const blockFolder = (block: number): string => `block-${twoDigits(block)}`;

/** "head-01.ts" */
export const headFile = (head: number): string => `head-${twoDigits(head)}.ts`;

/** The exported name of a head: its position, after what it does where that is known. */
export function headName(head: HeadNode, index: number, program: LookedUp): string {
  const meaning = meaningOf(head, program);
  return meaning ? `${meaning}Head${twoDigits(index)}` : headKey(index);
}

/** In a word, by the rule that moves a head's attention most; undefined where opaque weights have a say in it, or none has most. */
function meaningOf(head: HeadNode, program: LookedUp): string | undefined {
  if (head.moves.kind === "constantMove") return "constant";
  if (!looksByRule(head)) return undefined;
  const [strongest] = aspectsByStrength(head, program);
  if (strongest?.kind === "rule") {
    const { look } = strongest;
    if (look.kind !== "matchLook") return TABLES[look.kind];
    return matchMeaning(look.rule.keyBack, matchShare(Math.max(...look.rule.scores), program.context));
  }
  const attention = ruleAttention(strongest?.looks ?? head.looks, program.context);
  return attention && ruleMeaning(attention);
}

const TABLES = { tokenLook: "token", classLook: "class" } as const;
