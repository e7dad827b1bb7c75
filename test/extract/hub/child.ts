/** Fetches the model that its argument names, in a process of its own, and prints where it is. */
import { fetchModel, hubReference } from "../../../src/extract/hub/index.ts";

const reference = hubReference(process.argv[2] ?? "");
if (!reference) throw new Error("no reference");
process.stdout.write(await fetchModel(reference, { environment: process.env }));
