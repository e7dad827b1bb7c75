import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const COMMAND = fileURLToPath(new URL("../../bin/weights2ts.js", import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line; `interruptAt` is text on stderr at which it gets a SIGINT. */
export async function weights2ts(
  arguments_: readonly string[],
  { interruptAt, environment = {} }: { interruptAt?: string; environment?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [COMMAND, ...arguments_], {
    env: { ...process.env, NO_COLOR: "1", ...environment },
  });
  let stdout = "";
  let stderr = "";
  let interrupted = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (interruptAt === undefined || interrupted || !stderr.includes(interruptAt)) return;
    interrupted = true;
    child.kill("SIGINT");
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  return { exitCode, stdout, stderr };
}

/** An empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "weights2ts-test-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
