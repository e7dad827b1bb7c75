import { blockId } from "../../ir/index.ts";
import { BITS_PER_PARAMETER, type Proposer } from "../candidate.ts";

/** Standard errors to be cautious by: among thousands of neurons, the cheapest look cheaper than they are. */
const STANDARD_ERRORS = 2;

/** Neurons that do little by varying, dead ones among them: each takes the constant that costs least, and its write becomes one. */
export const constantNeurons: Proposer = {
  name: "constant-neurons",
  propose: (program, profile, { columns, measuredNeurons }) =>
    program.blocks.flatMap((block, index) =>
      block.mlp.parts.flatMap((part) => {
        if (part.kind !== "densePart") return [];
        return part.neurons.flatMap((neuron, row) => {
          const priced = columns.get(part.id)?.[row];
          const measured = profile.mlps[index]?.neurons[neuron];
          if (!priced || !measured) return [];
          const cautious = priced.price + STANDARD_ERRORS * priced.error;
          // What it costs on held-out text says as much as the price: both are from a sample of text.
          const heldOut = measuredNeurons.get(part.id)?.get(row);
          return {
            site: `${blockId(index)}.mlp.neuron${String(neuron).padStart(4, "0")}`,
            proposer: "constant-neurons",
            replacement: { kind: "neurons" as const, block: index, means: [[neuron, priced.constant] as const] },
            // An input row, an output row and a bias.
            bitsSaved: (2 * program.width + 1) * BITS_PER_PARAMETER,
            predictedKl: priced.price,
            cautiousKl: heldOut === undefined ? cautious : (priced.price + heldOut) / 2,
            evidence: `mean ${measured.mean.toFixed(3)}, standard deviation ${measured.deviation.toFixed(3)}, above 0.1 at ${percent(measured.active)} of positions${heldOut === undefined ? "" : `; by itself it costs ${heldOut.toExponential(2)} nats on held-out text`}`,
          };
        });
      }),
    ),
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
