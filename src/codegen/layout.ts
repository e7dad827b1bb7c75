import { format } from "prettier";

const PARSERS: Readonly<Record<string, string>> = { ts: "typescript", json: "json", md: "markdown" };

/** The text as prettier lays it out: always the same way for the same text, on any machine. */
export function laidOut(path: string, text: string): Promise<string> {
  const parser = PARSERS[path.slice(path.lastIndexOf(".") + 1)];
  if (!parser) throw new Error(`No layout is known for ${path}.`);
  return format(text, { parser, printWidth: 120, endOfLine: "lf" });
}
