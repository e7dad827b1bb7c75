import { execFile, spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../bin/weights2ts.js", import.meta.url));

/** Runs the built command line with --json and gives its document; a missed budget is no failure. */
export function weights2ts(
  arguments_: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): unknown {
  const { stdout, status } = spawnSync(process.execPath, [COMMAND, ...arguments_, "--json"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...environment },
  });
  if (status !== 0 && status !== 1)
    throw new Error(`${arguments_.join(" ")} ended with ${status ?? "none"}:\n${stdout}`);
  return JSON.parse(stdout);
}

/** The same, beside what else runs; what the command says on the way is not shown. */
export function weights2tsBeside(arguments_: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const all = [COMMAND, ...arguments_, "--json"];
    execFile(process.execPath, all, { encoding: "utf8", maxBuffer: 2 ** 28 }, (error, stdout) => {
      if (error && error.code !== 1)
        reject(new Error(`${arguments_.join(" ")} ended badly:\n${stdout}`, { cause: error }));
      else resolve(JSON.parse(stdout));
    });
  });
}
