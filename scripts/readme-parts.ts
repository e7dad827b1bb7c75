import { existsSync, readFileSync } from "node:fs";
import {
  frontierSchema,
  renderExplanationTable,
  renderFidelityTable,
  renderFrontierTable,
  reportSchema,
} from "../src/report/index.ts";

const output = new URL("../output/tiny/", import.meta.url);

/** What `tune tiny --strategy both` found, copied from its output folder. */
const FRONTIER = new URL("../output/frontier.json", import.meta.url);

/** The emitted file that the README shows. */
const EXCERPT = "src/block-00/head-03.ts";

/**
 * The README with its excerpt and its tables as output/tiny and the frontier have them; what lies outside the marks stays as
 * it is. Without a frontier, its part is empty.
 */
export function withGeneratedParts(readme: string, frontier = FRONTIER): string {
  const report = reportSchema.parse(JSON.parse(readFileSync(new URL("report.json", output), "utf8")));
  const excerpt = readFileSync(new URL(EXCERPT, output), "utf8").trimEnd();
  const tables = `${renderFidelityTable(report)}\n\n${renderExplanationTable(report)}`;
  const parts: readonly (readonly [name: string, content: string])[] = [
    ["excerpt", `\`\`\`ts\n// ${EXCERPT}\n${excerpt}\n\`\`\``],
    ["tables", tables],
    ["tiers", existsSync(frontier) ? tiersPart(frontier) : ""],
  ];
  return parts.reduce((text, [name, content]) => between(text, name, content), readme);
}

function tiersPart(file: URL): string {
  const frontier = frontierSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return [
    "### What a wider budget buys",
    "",
    `\`weights2ts tune ${frontier.model.id}\` compiles to several budgets at once. \`full\` is the present simplifier, \`baseline\` the first one, kept as the mark to beat. Generated from \`output/frontier.json\`:`,
    "",
    renderFrontierTable(frontier),
  ].join("\n");
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. Throws where the marks are missing. */
function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start < 0 || end < start) throw new Error(`README.md has no part named ${name}.`);
  return [text.slice(0, start + open.length), ...(content === "" ? [] : [content]), text.slice(end)].join("\n\n");
}
