import { shown } from "./escape.ts";
import type { EmitInput } from "./input.ts";
import { twoDigitKey } from "./names.ts";
import { acceptedCost } from "./sites.ts";
import { blockCounts, partsClause, partsInBrief, programCounts } from "./summary.ts";
import { refitSentence } from "./refit-prose.ts";
import { render } from "./templates.ts";
import { weightsOf } from "./weights.ts";
import { aboutNats, capitalised, count, counted } from "./wording.ts";

/** The doc comment of the model: what it is, how much of it is explained, and how to read the other comments. */
export function modelProse(input: EmitInput): string {
  const { model, program, profile, ledger } = input;
  const cost = acceptedCost(ledger);
  return render("model.txt", {
    id: shown(model.id),
    summary: capitalised(partsClause(programCounts(input))),
    narrowed: narrowedClause(input),
    cost: cost === undefined ? null : aboutNats(cost),
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

/**
 * "Of 1,024 directions along which heads look and move by weights, 242 are left out, for next to nothing depends on them";
 * null where none is.
 */
function narrowedClause({ program: { blocks, width } }: EmitInput): string | null {
  const kept = blocks.flatMap(({ attention: { heads } }) =>
    heads.flatMap(({ looks, moves }) => {
      const widths = [
        ...looks.flatMap((look) => (look.kind === "denseLook" ? [look.query.shape[1] ?? 0] : [])),
        ...(moves.kind === "denseMove" ? [moves.value.shape[1] ?? 0] : []),
      ];
      return widths.map((own) => ({ own, whole: width / heads.length }));
    }),
  );
  const whole = kept.reduce((sum, head) => sum + head.whole, 0);
  const left = whole - kept.reduce((sum, { own }) => sum + own, 0);
  if (left <= 0) return null;
  return `Of ${counted(whole, "direction")} along which heads look and move by weights, ${count(left)} ${left === 1 ? "is" : "are"} left out, for next to nothing depends on ${left === 1 ? "it" : "them"}.`;
}

/** How many numbers the program reads from its file of weights. */
function numbersRead({ program }: EmitInput): number {
  return weightsOf(program).reduce(
    (sum, { handle }) => sum + handle.shape.reduce((product, extent) => product * extent, 1),
    0,
  );
}
