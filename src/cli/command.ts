import type { Command } from "commander";
import type { CommonFlags, Invocation } from "./invocation.ts";

/** Runs a command's work with the invocation that its flags ask for; the work returns the exit code. */
export type Perform = (flags: CommonFlags, work: (invocation: Invocation) => Promise<0 | 1>) => Promise<void>;

/** Adds one command, with its arguments, options and help, to the command line. */
export type AddCommand = (commandLine: Command, perform: Perform) => void;

/** Adds the options that every command has, and the examples below its help. */
export function withCommonOptions(command: Command, examples: readonly string[]): Command {
  return command
    .option("--json", "print one JSON document on stdout")
    .option("--quiet", "say nothing but errors")
    .option("--debug", "show timings, and stack traces of errors")
    .addHelpText("after", `\nExamples:\n${examples.map((example) => `  $ weights2ts ${example}`).join("\n")}`);
}
