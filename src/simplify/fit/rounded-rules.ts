import { isRule, rewrite, type Program, type RuleNode } from "../../ir/index.ts";

/** The program with the scores of its rules as the source prints them: with three decimals. */
export const withRoundedRules = (program: Program): Program =>
  rewrite(program, { look: (node) => (isRule(node) ? withRoundedRule(node) : node) });

const rounded = (score: number): number => Number(score.toFixed(3)) + 0; // + 0 turns -0 into 0

/** The rule with the decimals that 32 bits left behind taken off again. */
function withRoundedRule(node: RuleNode): RuleNode {
  switch (node.kind) {
    case "sinkLook":
      return { ...node, rule: { ...node.rule, score: rounded(node.rule.score) } };
    case "kernelLook":
      return {
        ...node,
        rule: { ...node.rule, steps: node.rule.steps.map(([back, score]) => [back, rounded(score)] as const) },
      };
    case "matchLook":
      return { ...node, rule: { ...node.rule, scores: node.rule.scores.map(rounded) } };
  }
}
