import type { Program, TokenSetNode } from "../../ir/index.ts";
import { counted, type ExactPass } from "./pass.ts";
import { TOKEN_PATTERNS } from "./token-sets.ts";

const NAME = "name-token-sets";

/**
 * Names the sets of tokens that the vocabulary makes obvious. A set is left out where it has too few tokens, has every one,
 * or has the same tokens as one listed before it: none of these would say anything.
 * @param tokenTexts decoded text of every token, by id
 */
export function nameTokenSets(tokenTexts: readonly string[]): ExactPass {
  return {
    name: NAME,
    apply(program) {
      const tokenSets = tokenSetsOf(tokenTexts, program);
      return sameSets(program.tokenSets, tokenSets) ? program : { ...program, tokenSets };
    },
    removed(before, after) {
      const count = counted(after.tokenSets.length, "set");
      return before === after
        ? `No further tokens can be named: ${count} stand.`
        : `Named ${count} of tokens, from ${counted(TOKEN_PATTERNS.length, "pattern")} over their decoded text; nothing is removed.`;
    },
  };
}

function tokenSetsOf(tokenTexts: readonly string[], program: Program): TokenSetNode[] {
  const { unembed, embed, vocabulary } = program;
  const tensors = [...new Set([embed.tokens, unembed.tokens].flatMap(({ origin }) => origin.tensors))];
  const known = new Set<string>();
  return TOKEN_PATTERNS.flatMap(({ fewest, ...set }) => {
    const members = membersOf(set.pattern, tokenTexts);
    const key = members.join();
    if (members.length < fewest || members.length === vocabulary || known.has(key)) return [];
    known.add(key);
    const size = members.length;
    return {
      ...set,
      kind: "tokenSet" as const,
      id: `vocabulary.${set.name}`,
      shape: [size],
      size,
      tokens: members,
      origin: made(tensors),
    };
  });
}

const made = (tensors: readonly string[]): TokenSetNode["origin"] => ({ tensors, passes: [NAME] });

/** Ids of the tokens whose text matches, in rising order. */
function membersOf(pattern: string, tokenTexts: readonly string[]): number[] {
  const expression = new RegExp(pattern, "u");
  return tokenTexts.flatMap((text, id) => (expression.test(text) ? [id] : []));
}

const sameSets = (before: readonly TokenSetNode[], after: readonly TokenSetNode[]): boolean =>
  before.length === after.length &&
  before.every(({ name, pattern, size }, index) => {
    const other = after[index];
    return name === other?.name && pattern === other.pattern && size === other.size;
  });
