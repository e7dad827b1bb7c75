/**
 * What compiling the bundled model takes: seconds a stage, positions scored a second, peak memory of the process.
 * `npm run build && npm run bench`, with the flags of `weights2ts compile` behind `--`, such as `-- --workers 1`.
 * The cache starts empty, unless $WEIGHTS2TS_CACHE names one.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface CompileDocument {
  readonly report: { readonly fidelity: { readonly positions: number }; readonly budget: { readonly met: boolean } };
  readonly timings: readonly { readonly stage: string; readonly seconds: number }[];
  readonly peakMemoryBytes: number;
}

const command = fileURLToPath(new URL("../bin/weights2ts.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "weights2ts-bench-"));
try {
  const started = performance.now();
  const { stdout, status } = spawnSync(
    process.execPath,
    [command, "compile", "tiny", "-o", join(folder, "tiny"), "--json", ...process.argv.slice(2)],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 2 ** 28,
      env: { WEIGHTS2TS_CACHE: join(folder, "cache"), ...process.env },
    },
  );
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0 && status !== 1) throw new Error(`compile ended with exit code ${status ?? "none"}:\n${stdout}`);
  print(JSON.parse(stdout) as CompileDocument, seconds);
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
