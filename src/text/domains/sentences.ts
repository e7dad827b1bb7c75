import { join } from "node:path";
import type { Domain } from "../document.ts";
import { groupsOf, packageFolder, textFiles } from "./installed.ts";

const SENTENCES_PER_DOCUMENT = 20;

/** Single sentences of news, reviews, dialogue and trivia, twenty neighbours a document. */
export const sentences: Domain = {
  name: "sentences",
  description: "sentences of news, reviews, dialogue and trivia (nlp-corpus)",
  documents: () =>
    textFiles(join(packageFolder("nlp-corpus", 2), "builds"), ".json").flatMap(({ name, text }) =>
      groupsOf(JSON.parse(text) as string[], SENTENCES_PER_DOCUMENT).map((group, index) => ({
        id: `sentences/${name}-${index}`,
        domain: "sentences",
        text: group.join("\n"),
      })),
    ),
};
