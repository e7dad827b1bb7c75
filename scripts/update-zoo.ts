/**
 * Compiles the models of models/zoo and writes what came of them, measured and as source, into their pages in docs/zoo:
 * `npm run zoo:docs`. What stands outside of the marks is written by hand.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { weights2ts } from "../bench/command.ts";
import { renderExplanationTable, renderFidelityTable, type Report } from "../src/report/index.ts";

/** What a page shows of the package, and of a file at most. */
const FILES = ["src/scores.ts", "src/averages.ts", "src/facts.ts"];
const MOST_LINES = 150;
/** Where single answers mean little, since several are nearly as likely, the budget is a divergence. */
const BUDGETS: Readonly<Record<string, string>> = { lorenz: "kl=0.15" };

const [BEGIN, END] = ["<!-- compiled -->", "<!-- /compiled -->"];
const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "weights2ts-zoo-"));
for (const name of readdirSync(join(root, "models/zoo"))) {
  const folder = join(scratch, name);
  const budget = BUDGETS[name];
  const options = budget === undefined ? [] : ["--budget", budget];
  const { report } = weights2ts(["compile", `zoo/${name}`, ...options, "-o", folder]) as { report: Report };
  const sources = FILES.flatMap((file) => {
    const path = join(folder, file);
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const shown = lines.slice(0, MOST_LINES);
    const rest = lines.length - shown.length;
    const fence = "```";
    return [
      `\`${file}\`${rest > 0 ? `, the first ${MOST_LINES} of ${lines.length} lines` : ""}:`,
      "",
      `${fence}ts\n${shown.join("\n")}\n${fence}`,
      "",
    ];
  });
  const command = `weights2ts compile zoo/${name}${options.length > 0 ? ` ${options.join(" ")}` : ""}`;
  const own = [
    `What \`${command}\` made:`,
    "",
    ...sources,
    renderFidelityTable(report),
    "",
    renderExplanationTable(report),
  ];
  const page = join(root, "docs/zoo", `${name}.md`);
  const text = readFileSync(page, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${page} lacks its marks.`);
  writeFileSync(page, `${text.slice(0, begin + BEGIN.length)}\n\n${own.join("\n").trim()}\n\n${text.slice(end)}`);
  process.stdout.write(`${page}\n`);
}
rmSync(scratch, { recursive: true, force: true });
