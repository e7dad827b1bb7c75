import { readFileSync } from "node:fs";
import process from "node:process";
import { Command, CommanderError } from "commander";
import type { Perform } from "./command.ts";
import { commands } from "./commands/index.ts";
import { showFailure } from "./failure.ts";
import { invocationFor } from "./invocation.ts";
import { abortOnInterrupt, INTERRUPTED, interruptedWithGrace } from "./interrupt.ts";

const WRONG_USAGE = 2;

/**
 * Runs the command line to its end.
 *
 * @param arguments_ what follows the name of the command
 * @returns the exit code: 0 done, 1 a check failed, 2 wrong usage or input, 130 interrupted
 */
export async function main(arguments_: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  const stopListening = abortOnInterrupt(interrupt);
  let exitCode = 0;
  const perform: Perform = async (flags, work) => {
    const invocation = invocationFor(flags, interrupt.signal);
    try {
      exitCode = await Promise.race([work(invocation), interruptedWithGrace(interrupt.signal)]);
    } finally {
      invocation.progress.end();
    }
  };
  try {
    await commandLine(perform).parseAsync(arguments_, { from: "user" });
    return interrupt.signal.aborted ? INTERRUPTED : exitCode;
  } catch (failure) {
    return interrupt.signal.aborted ? INTERRUPTED : tell(failure, arguments_);
  } finally {
    stopListening();
  }
}

function commandLine(perform: Perform): Command {
  const line = new Command("weights2ts")
    .description("Compiles the weights of a GPT-2 to TypeScript that a programmer can read, review, run and change.")
    .version(packageVersion())
    .configureOutput({ outputError: () => undefined });
  // Before the commands are added: each inherits these settings.
  line.exitOverride();
  for (const add of commands) add(line, perform);
  return line.addHelpText("after", "\nExamples:\n  $ weights2ts compile\n  $ weights2ts compile --help");
}

/** Shows a failure and gives its exit code. */
function tell(failure: unknown, arguments_: readonly string[]): number {
  // Commander has printed help and versions before it throws them.
  if (failure instanceof CommanderError && failure.exitCode === 0) return 0;
  if (failure instanceof CommanderError && failure.code === "commander.help") return WRONG_USAGE;
  const shown = showFailure(failure, arguments_.includes("--debug"), process.stderr.isTTY);
  process.stderr.write(shown.message);
  if (arguments_.includes("--json")) process.stdout.write(`${JSON.stringify(shown.document, null, 2)}\n`);
  return shown.exitCode;
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
