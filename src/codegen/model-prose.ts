import { shown } from "./escape.ts";
import type { EmitInput } from "./input.ts";
import { headsClause, neuronsClause, programCounts } from "./summary.ts";
import { render } from "./templates.ts";
import { capitalised, counted } from "./wording.ts";

/** The doc comment of the model: what it is, how much of it is explained, and how to read the other comments. */
export function modelProse(input: EmitInput): string {
  const { heads, neurons } = programCounts(input);
  return render("model.txt", {
    id: shown(input.model.id),
    heads: capitalised(headsClause(heads)),
    neurons: neuronsClause(neurons),
    positions: counted(input.profile.positions, "position"),
    documents: counted(input.profile.documents, "document"),
  });
}
