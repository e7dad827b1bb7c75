/**
 * Every way in which a command can fail: one sentence that says what is wrong with which file or flag,
 * one that says what to do. `exitCode` 1 means that a check failed, 2 that usage or input is wrong.
 */
const CATALOGUE = {
  "folder-missing": {
    exitCode: 2,
    says: ({ path }: { path: string }) => `There is no model folder at ${path}.`,
    fix: "Give the path of a folder with config.json and model.safetensors, or the name of a bundled model (tiny).",
  },
  "internal": {
    exitCode: 2,
    says: ({ reason }: { reason: string }) => `Something went wrong inside weights2ts: ${reason}`,
    fix: "Run again with --debug and report the output as an issue.",
  },
} as const;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof CATALOGUE;

type Details<Code extends ErrorCode> = Parameters<(typeof CATALOGUE)[Code]["says"]>[0];

/** A failure from the catalogue. */
export class CompilerError extends Error {
  readonly code: ErrorCode;
  readonly fix: string;
  readonly exitCode: 1 | 2;

  private constructor(code: ErrorCode, message: string, fix: string, exitCode: 1 | 2) {
    super(message);
    this.name = "CompilerError";
    this.code = code;
    this.fix = fix;
    this.exitCode = exitCode;
  }

  /** Makes the error of a code from its details. */
  static of<Code extends ErrorCode>(code: Code, details: Details<Code>): CompilerError {
    const entry = CATALOGUE[code];
    const says = entry.says as (details: Details<Code>) => string;
    return new CompilerError(code, says(details), entry.fix, entry.exitCode);
  }
}
