import { CompilerError, systemCodeOf } from "../../errors.ts";
import { PassingFailure } from "./retry.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  ENOTDIR: "a file lies where a folder is needed",
  EEXIST: "a file lies where a folder is needed",
  EISDIR: "a folder lies where a file is needed",
  EFBIG: "the file system takes no files of that size",
  EIO: "the disk reports an error",
};

/** A failure of the file system below the cache as hub-disk; any other failure as it is. */
export function diskFailure(path: string, error: unknown): unknown {
  if (error instanceof CompilerError || error instanceof PassingFailure) return error;
  if (!(error instanceof Error && "syscall" in error)) return error;
  const code = systemCodeOf(error);
  return CompilerError.of("hub-disk", { path, problem: REASONS[code] ?? code });
}
