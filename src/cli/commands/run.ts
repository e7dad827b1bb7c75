import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Command } from "commander";
import { CompilerError, messageOf } from "../../errors.ts";
import { buildPackage } from "../../package-build.ts";
import type { Program } from "../../runtime/index.ts";
import { withCommonOptions, type Perform } from "../command.ts";
import { continuation } from "../continuation.ts";
import type { CommonFlags, Invocation } from "../invocation.ts";
import { tokensOption } from "../option-values.ts";

interface RunFlags extends CommonFlags {
  readonly tokens: number;
}

/** `weights2ts run DIR "prompt"` */
export function addRun(commandLine: Command, perform: Perform): void {
  const command = commandLine
    .command("run")
    .description("Continue a text with a compiled package, always by the most likely token.")
    .argument("<folder>", "a compiled package, such as output/tiny")
    .argument("<prompt>", "the text to continue")
    .addOption(tokensOption());
  withCommonOptions(command, [
    'run output/tiny "The president of the"',
    'run output/tiny "Call me" -n 100',
    'run output/tiny "Call me" --json',
  ]).action((folder: string, prompt: string, flags: RunFlags) =>
    perform(flags, (invocation) => runPackage(invocation, folder, prompt, flags.tokens)),
  );
}

async function runPackage(invocation: Invocation, folder: string, prompt: string, most: number): Promise<0> {
  const program = await loadProgram(folder);
  const ids = encode(program, prompt);
  if (ids.length === 0) throw CompilerError.of("prompt-empty", {});
  if (ids.length >= program.context) {
    throw CompilerError.of("prompt-too-long", { tokens: ids.length, context: program.context });
  }
  const written: number[] = [];
  let text = "";
  const generated = tokensOf(program, ids, most, folder, (id) => written.push(id));
  for (const piece of continuation(ids, generated, (all) => program.decode(all))) {
    text += piece;
    if (!invocation.json) invocation.product(piece);
    // Lets Ctrl-C be heard between two tokens.
    await setImmediate();
    invocation.signal.throwIfAborted();
  }
  invocation.product(
    invocation.json ? `${JSON.stringify({ prompt, continuation: text, tokens: written }, null, 2)}\n` : "\n",
  );
  return 0;
}

/** Builds the package in a folder that goes away again once all of it is in memory. */
async function loadProgram(folder: string): Promise<Program> {
  const built = await mkdtemp(join(tmpdir(), "weights2ts-run-"));
  try {
    const entry = await buildPackage(folder, built);
    const { load } = (await import(entry)) as { load: () => Program | Promise<Program> };
    return await load();
  } catch (error) {
    if (error instanceof CompilerError) throw error;
    throw broken(folder, messageOf(error).replaceAll(built, folder));
  } finally {
    await rm(built, { recursive: true, force: true });
  }
}

/** A model without a tokenizer knows a list of words, and no others. */
function encode(program: Program, prompt: string): number[] {
  try {
    return program.encode(prompt);
  } catch (error) {
    throw CompilerError.of("prompt-unreadable", { reason: messageOf(error) });
  }
}

/** The generated tokens; a failure of the package's own code is told as such. */
function* tokensOf(
  program: Program,
  ids: readonly number[],
  tokens: number,
  folder: string,
  onToken: (id: number) => void,
): Generator<number> {
  try {
    for (const id of program.generate(ids, { tokens })) {
      onToken(id);
      yield id;
    }
  } catch (error) {
    throw broken(folder, messageOf(error));
  }
}

function broken(path: string, reason: string): CompilerError {
  return CompilerError.of("package-broken", { path, reason });
}
