import type { Job } from "../../engine/index.ts";
import type { TokenDocument } from "../../text/index.ts";
import { recordedChanges, type MeanSite } from "../site-changes.ts";

/** Of each site, the sum over a document of the square of what its mean would change. */
const changeSizes: Job<{ readonly sites: readonly MeanSite[] }, TokenDocument, Float64Array> = (
  { program, options: { sites } },
  document,
) => {
  const loaded = program("program");
  return loaded.machine.scope(() =>
    Float64Array.from(recordedChanges(loaded, document, sites).changes, (change) =>
      change.reduce((sum, value) => sum + value * value, 0),
    ),
  );
};

export default changeSizes;
