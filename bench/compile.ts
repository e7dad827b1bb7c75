/**
 * What compiling the bundled model takes: seconds a stage, positions scored a second, peak memory of the process.
 * `npm run build && npm run bench`, with the flags of `weights2ts compile` behind `--`, such as `-- --workers 1`.
 * The cache starts empty, unless $WEIGHTS2TS_CACHE names one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { weights2ts } from "./command.ts";

interface CompileDocument {
  readonly report: { readonly fidelity: { readonly positions: number }; readonly budget: { readonly met: boolean } };
  readonly timings: readonly { readonly stage: string; readonly seconds: number; readonly peakMemoryBytes: number }[];
  readonly peakMemoryBytes: number;
}

const folder = mkdtempSync(join(tmpdir(), "weights2ts-bench-"));
try {
  const started = performance.now();
  const command = ["compile", "tiny", "-o", join(folder, "tiny"), ...process.argv.slice(2)];
  const cache = process.env["WEIGHTS2TS_CACHE"] ?? join(folder, "cache");
  const document = weights2ts(command, { WEIGHTS2TS_CACHE: cache }) as CompileDocument;
  print(document, (performance.now() - started) / 1000);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function print({ report, timings, peakMemoryBytes }: CompileDocument, seconds: number): void {
  for (const { stage, seconds } of timings) row(stage, `${seconds.toFixed(2)} s`);
  row("whole run", `${seconds.toFixed(2)} s`);
  const scoring = timings.find(({ stage }) => stage === "score");
  if (scoring) row("scored tokens/s", Math.round(report.fidelity.positions / scoring.seconds).toString());
  row("peak memory", `${(peakMemoryBytes / 2 ** 30).toFixed(2)} GiB`);
  row("budget", report.budget.met ? "met" : "missed");
}

function row(name: string, value: string): void {
  console.log(name.padEnd(16), value.padStart(12));
}
