import { CompilerError, systemReasonOf } from "../../errors.ts";
import { PassingFailure } from "./retry.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: "a file lies where a folder is needed",
  EEXIST: "a file lies where a folder is needed",
  EISDIR: "a folder lies where a file is needed",
};

/** A failure of the file system below the cache as hub-disk; any other failure as it is. */
export function diskFailure(path: string, error: unknown): unknown {
  if (error instanceof CompilerError || error instanceof PassingFailure) return error;
  if (!(error instanceof Error && "syscall" in error)) return error;
  return CompilerError.of("hub-disk", { path, problem: systemReasonOf(error, REASONS) });
}
