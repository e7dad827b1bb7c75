import { CommanderError } from "commander";
import picocolors from "picocolors";
import { CompilerError, messageOf } from "../errors.ts";

/** How a failure is shown: to a person on stderr, to a script as a document on stdout. */
export interface ShownFailure {
  readonly exitCode: 1 | 2;
  readonly message: string;
  readonly document: { readonly error: { readonly code: string; readonly message: string; readonly fix: string } };
}

/**
 * Describes any failure in the catalogue's terms.
 *
 * @param debug adds the stack trace
 * @param coloured whether the message goes to a terminal
 */
export function showFailure(failure: unknown, debug: boolean, coloured: boolean): ShownFailure {
  const error = asCompilerError(failure);
  const { bold, red } = picocolors.createColors(coloured);
  const lines = [`${bold(red(`error[${error.code}]:`))} ${error.message}`, `  ${error.fix}`];
  if (debug && failure instanceof Error && failure.stack !== undefined) lines.push(failure.stack);
  return {
    exitCode: error.exitCode,
    message: `${lines.join("\n")}\n`,
    document: { error: { code: error.code, message: error.message, fix: error.fix } },
  };
}

function asCompilerError(failure: unknown): CompilerError {
  if (failure instanceof CompilerError) return failure;
  if (failure instanceof CommanderError) return CompilerError.of("usage", { problem: asSentence(failure.message) });
  return CompilerError.of("internal", { reason: messageOf(failure) });
}

/** Commander says "error: unknown option '--seeds'\n(Did you mean --seed?)". */
function asSentence(message: string): string {
  const text = message
    .replace(/^error: /, "")
    .trim()
    .replace(/\n/g, ". ");
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!)]$/.test(sentence) ? sentence : `${sentence}.`;
}
