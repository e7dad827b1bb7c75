import { readFileSync } from "node:fs";
import { renderExplanationTable, renderFidelityTable, reportSchema } from "../src/report/index.ts";

const output = new URL("../output/tiny/", import.meta.url);

/** The emitted file that the README shows. */
const EXCERPT = "src/block-00/head-03.ts";

/** The README with its excerpt and its tables as output/tiny has them; what lies outside the marks stays as it is. */
export function withGeneratedParts(readme: string): string {
  const report = reportSchema.parse(JSON.parse(readFileSync(new URL("report.json", output), "utf8")));
  const excerpt = readFileSync(new URL(EXCERPT, output), "utf8").trimEnd();
  const tables = `${renderFidelityTable(report)}\n\n${renderExplanationTable(report)}`;
  return between(between(readme, "excerpt", `\`\`\`ts\n// ${EXCERPT}\n${excerpt}\n\`\`\``), "tables", tables);
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. Throws where the marks are missing. */
function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start < 0 || end < start) throw new Error(`README.md has no part named ${name}.`);
  return `${text.slice(0, start + open.length)}\n\n${content}\n\n${text.slice(end)}`;
}
