/**
 * What a model of GPT-2 small's shape (124M, random weights) takes: memory to read it, against the size of its 32-bit
 * floats; then seconds and peak memory of each stage of an exact compilation, and the files of the package.
 * `npm run build && npm run bench:gpt2-small`; needs 2 GB of disk in the temporary folder, and some minutes.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { weights2ts } from "./command.ts";
import { writeGpt2Small, WEIGHTS_BYTES } from "./gpt2-small-model.ts";

/** Reads a model in a process of its own, and prints how much memory that process had at its peak. */
const READ = `
const { loadModel } = await import(new URL("dist/extract/index.js", process.argv[1]).href);
await loadModel(process.argv[2]);
console.log(process.resourceUsage().maxRSS * 1024);
`;

interface CompileDocument {
  readonly report: { readonly source: { readonly files: number; readonly lines: number } };
  readonly timings: readonly { readonly stage: string; readonly seconds: number; readonly peakMemoryBytes: number }[];
}

const folder = mkdtempSync(join(tmpdir(), "weights2ts-bench-"));
try {
  const model = join(folder, "gpt2-small-shape");
  writeGpt2Small(model);
  row("weights", inMebibytes(WEIGHTS_BYTES));
  const root = new URL("..", import.meta.url).href;
  const read = spawnSync(process.execPath, ["--input-type=module", "--eval", READ, root, model], { encoding: "utf8" });
  if (read.status !== 0) throw new Error(read.stderr);
  row(
    "read",
    inMebibytes(Number(read.stdout)),
    `${(Number(read.stdout) / WEIGHTS_BYTES).toFixed(2)} times the weights`,
  );

  const output = join(folder, "package");
  const command = ["compile", model, "-o", output, "--budget", "exact", ...process.argv.slice(2)];
  const { report, timings } = weights2ts(command, { WEIGHTS2TS_CACHE: join(folder, "cache") }) as CompileDocument;
  for (const { stage, seconds, peakMemoryBytes } of timings) {
    row(stage, `${seconds.toFixed(1)} s`, `${inMebibytes(peakMemoryBytes)} at most so far`);
  }
  const files = readdirSync(output, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  row("package", `${files.length} files`, `${report.source.files} of them source, ${report.source.lines} lines`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function row(name: string, value: string, remark = ""): void {
  console.log(name.padEnd(14), value.padStart(12), "", remark);
}
