import { headId, handlesOf } from "../../ir/index.ts";
import { BITS_PER_CHARACTER, BITS_PER_PARAMETER, type Candidate, type Proposer } from "../candidate.ts";
import { parametersOf } from "../cost.ts";

/** Heads that look by rules over distance, tokens, classes of tokens and repetitions; values as before. */
export const symbolicHeads: Proposer = {
  name: "symbolic-heads",
  propose: (program, _profile, { heads }) =>
    heads.flatMap(({ block, head, replacement, explained, price }): Candidate[] => {
      const node = program.blocks[block]?.attention.heads[head];
      if (!node) return [];
      const numbers = replacement.looks.flatMap((look) =>
        look.kind === "sinkLook" || look.kind === "kernelLook" || look.kind === "matchLook" ? [look.rule] : [],
      );
      const tables = replacement.looks.reduce((sum, look) => sum + parametersOf(look), 0);
      const { width } = program;
      const headWidth = width / (program.blocks[block]?.attention.heads.length ?? 1);
      return [
        {
          site: headId(block, head),
          proposer: "symbolic-heads",
          replacement: {
            kind: "head",
            block,
            head,
            looks: replacement.looks,
            tensors: replacement.looks
              .flatMap(handlesOf)
              .map(({ name }) => [name, program.tensors.get({ name })] as const),
          },
          // Against the head's whole queries and keys: what narrowing it would save is not explained by it.
          bitsSaved:
            ((2 * width + 1) * headWidth - tables) * BITS_PER_PARAMETER -
            JSON.stringify(numbers).length * BITS_PER_CHARACTER,
          predictedKl: price,
          cautiousKl: price,
          explained,
          evidence: `distance, tokens, classes and repetitions explain ${(100 * Math.max(0, explained)).toFixed(0)} % of what the head writes on held-out text`,
        },
      ];
    }),
};
