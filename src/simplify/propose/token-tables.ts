import { mlpId } from "../../ir/index.ts";
import { BITS_PER_PARAMETER, type Candidate, type Proposer } from "../candidate.ts";

/** MLPs that say something for a token, and something for the one before it, wherever they stand. */
export const tokenTables: Proposer = {
  name: "token-tables",
  propose: (program, profile, surveyed) =>
    surveyed.tokenTables.flatMap((replacement): Candidate[] => {
      const { block, tensors } = replacement;
      const { price, tokenTable } = profile.mlps[block] ?? {};
      if (price === undefined || !tokenTable) return [];
      const before = program.blocks[block]?.mlp.parts.reduce(
        (sum, part) => sum + (part.kind === "densePart" ? part.neurons.length * (2 * program.width + 1) : 0),
        0,
      );
      const after = tensors.reduce((sum, [, { length }]) => sum + length, 0);
      const explained = Math.max(0, tokenTable.explained);
      return [
        {
          site: mlpId(block),
          proposer: "token-tables",
          replacement,
          bitsSaved: ((before ?? 0) - after) * BITS_PER_PARAMETER,
          // The price of the mean, less what the table of the current token foresees.
          predictedKl: price * (1 - explained),
          cautiousKl: price * (1 - explained),
          explained,
          evidence: `the ${tokenTable.by} alone explains ${(100 * explained).toFixed(0)} % of what the MLP writes on held-out text`,
        },
      ];
    }),
};
