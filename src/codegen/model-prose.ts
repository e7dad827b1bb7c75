import { shown } from "./escape.ts";
import type { EmitInput } from "./input.ts";
import { twoDigitKey } from "./names.ts";
import { acceptedCost } from "./sites.ts";
import { blockCounts, partsClause, partsInBrief, programCounts } from "./summary.ts";
import { refitSentence } from "./refit-prose.ts";
import { render } from "./templates.ts";
import { weightsOf } from "./weights.ts";
import { capitalised, count, counted, nats } from "./wording.ts";

/** The doc comment of the model: what it is, how much of it is explained, and how to read the other comments. */
export function modelProse(input: EmitInput): string {
  const { model, program, profile, ledger } = input;
  const cost = acceptedCost(ledger);
  return render("model.txt", {
    id: shown(model.id),
    summary: capitalised(partsClause(programCounts(input))),
    cost: cost === undefined ? null : nats(cost),
    numbers: count(numbersRead(input)),
    parameters: count(model.parameters),
    blocks:
      program.blocks.length > 1
        ? program.blocks.map((block, index) => {
            const clause = partsInBrief(blockCounts(block, profile.mlps[index]?.neurons.length ?? 0, ledger));
            return `${twoDigitKey("block", index)}  ${clause}`;
          })
        : [],
    refit: refitSentence(ledger),
    positions: counted(profile.positions, "position"),
    documents: counted(profile.documents, "document"),
  });
}

/** How many numbers the program reads from its file of weights. */
function numbersRead({ program }: EmitInput): number {
  return weightsOf(program).reduce(
    (sum, { handle }) => sum + handle.shape.reduce((product, extent) => product * extent, 1),
    0,
  );
}
