import { BITS_PER_PARAMETER, BITS_PER_CHARACTER, type Candidate, type Proposer } from "../candidate.ts";

/**
 * Position embeddings on straight lines between knots, fewer of them step by step: each candidate saves what the one
 * before it has left, and costs what it adds.
 */
export const positionKnots: Proposer = {
  name: "position-knots",
  propose: (program, _profile, { positions }) => {
    let [before, paid] = [program.context * program.width * BITS_PER_PARAMETER, 0];
    return positions.map(({ knots, rows, price }): Candidate => {
      const bits = rows.length * BITS_PER_PARAMETER + knots.join(", ").length * BITS_PER_CHARACTER;
      const [bitsSaved, predictedKl] = [before - bits, Math.max(0, price - paid)];
      [before, paid] = [bits, Math.max(price, paid)];
      return {
        site: `embed.positions.knots${String(knots.length).padStart(4, "0")}`,
        proposer: "position-knots",
        replacement: { kind: "positions", knots, rows },
        bitsSaved,
        predictedKl,
        cautiousKl: predictedKl,
        evidence: `straight lines between ${knots.length} of ${program.context} positions are priced at ${price.toExponential(2)} nats in all`,
      };
    });
  },
};
