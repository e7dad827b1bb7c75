import { predicateCode, setsOf, type MlpNode, type NamedTokens, type Program, type RulePartNode } from "../ir/index.ts";
import { createTokenizer, tokenSet, type NamingTokenizer } from "../runtime/index.ts";
import { docComment } from "./comment.ts";
import { stringLiteral } from "./escape.ts";
import type { EmitInput } from "./input.ts";
import { blockFolder, ruleKey, twoDigitKey } from "./names.ts";
import { ruleProse } from "./rule-prose.ts";
import type { SourceFilePlan } from "./source-project.ts";
import { exportedConst, importOf } from "./statements.ts";
import type { TokenText } from "./token-text.ts";
import { counted, twoDigits } from "./wording.ts";

/** Rules of one file: with the comment and the sets of each, they stay below 400 lines. */
const RULES_A_FILE = 12;

/** The rules of one block: `src/block-03/rules.ts`, then `rules-02.ts` and so on where there are many. */
export function rulesPlans(input: EmitInput, block: number, tokens: TokenText): SourceFilePlan[] {
  const mlp = input.program.blocks[block]?.mlp;
  if (!mlp) return [];
  const tokenizer = createTokenizer(input.tokenizer);
  return ruleFiles(mlp).map(({ file, rules }) => {
    const sets = new Map(rules.flatMap(({ when }) => setsOf(when)).map((set) => [set.name, set]));
    const lines = [...sets.values()].map((set) => setCode(set, input.program, tokenizer));
    return {
      path: `src/${blockFolder(block)}/${file}`,
      source: [
        importOf(["rule", ...(lines.length > 0 ? ["tokenSet"] : [])], "../runtime/index.ts", ["RulePart"]),
        ...(lines.some((line) => line.includes("vocabulary."))
          ? ['import * as vocabulary from "../vocabulary.ts";']
          : []),
        importOf([...(lines.length > 0 ? ["tokenizer"] : []), "W"], "../weights.ts"),
        ...lines,
        ...rules.map((rule) => {
          const writes = `W.${twoDigitKey("block", block)}.mlp.${ruleKey(rule)}`;
          const when = predicateCode(rule.when);
          const here = when.includes("here") ? "here" : "";
          const code = `rule({\n when: (${here}) => ${when}, strength: ${rule.strength}, writes: ${writes} })`;
          return exportedConst(ruleKey(rule), "RulePart", code, ruleProse(input, block, rule, tokens));
        }),
      ],
    };
  });
}

/** What the file of an MLP imports of its rules. */
export function ruleImports(mlp: MlpNode) {
  return ruleFiles(mlp).map(({ file, rules }) => importOf(rules.map(ruleKey), `./${file}`));
}

function ruleFiles({ parts }: MlpNode): { file: string; rules: RulePartNode[] }[] {
  const rules = parts.filter((part): part is RulePartNode => part.kind === "rulePart");
  const count = Math.ceil(rules.length / RULES_A_FILE);
  return Array.from({ length: count }, (_, index) => ({
    file: index === 0 ? "rules.ts" : `rules-${twoDigits(index + 1)}.ts`,
    rules: rules.slice(index * RULES_A_FILE, (index + 1) * RULES_A_FILE),
  }));
}

/** `const MONTHS = tokenSet(tokenizer, …);` by the pattern of the vocabulary where it has the same tokens, else by a list. */
function setCode({ name, tokens }: NamedTokens, program: Program, tokenizer: NamingTokenizer): string {
  const named = program.tokenSets.find((set) => set.name === name && set.tokens.join() === tokens.join());
  const texts = named ? [] : tokens.map((token) => tokenizer.tokenText(token));
  const { members } = tokenSet(tokenizer, named ? new RegExp(named.pattern, "u") : texts);
  const found = Array.from(members.keys()).filter((token) => members[token] === 1);
  if (found.join() !== tokens.join()) throw new Error(`The tokens of ${name} cannot be told apart by their texts.`);
  const comment = docComment(`${counted(tokens.length, "token")} that rules ask for.`);
  const code = named ? `vocabulary.${name}` : `[${texts.map(stringLiteral).join(", ")}]`;
  return `\n${comment}\nconst ${name} = tokenSet(tokenizer, ${code});`;
}
