import process from "node:process";
import { openCache, cacheFolder, type Cache } from "../cache.ts";
import { harmless } from "../errors.ts";
import { plainProgress, updatingProgress, type TerminalProgress } from "./terminal-progress.ts";

/** The options that every command has. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

/** What a command may do to the outside world. */
export interface Invocation {
  readonly json: boolean;
  readonly debug: boolean;
  /** Writes to stdout: the product and nothing else. */
  readonly product: (text: string) => void;
  /** Writes a line to stderr; says nothing under --quiet. */
  readonly say: (line: string) => void;
  readonly progress: TerminalProgress;
  readonly cache: Cache;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Connects a command to the process's streams as its flags ask. */
export function invocationFor(flags: CommonFlags, signal: AbortSignal): Invocation {
  const quiet = flags.quiet ?? false;
  const json = flags.json ?? false;
  const progress = progressFor(quiet, json);
  const say = (line: string): void => {
    if (!quiet) process.stderr.write(`${line}\n`);
  };
  return {
    json,
    debug: flags.debug ?? false,
    product: (text) => process.stdout.write(process.stdout.isTTY ? forTerminal(text) : text),
    say,
    progress,
    cache: openCache(cacheFolder(process.env), (text) => {
      progress.note(text);
    }),
    signal,
  };
}

/** A model's tokens may be anything: a terminal is to show them, and to obey none but line ends and tabs. */
export function forTerminal(text: string): string {
  return harmless(text, ["\n", "\t"]);
}

/** Scripts that ask for JSON get no progress lines; a person who watches a terminal does. */
function progressFor(quiet: boolean, json: boolean): TerminalProgress {
  const seconds = (): number => performance.now() / 1000;
  if (quiet) return plainProgress(() => undefined, seconds);
  if (process.stderr.isTTY) return updatingProgress(process.stderr, seconds);
  return plainProgress(json ? () => undefined : (text) => process.stderr.write(text), seconds);
}
