import type { Program } from "../ir/index.ts";
import type { Profile } from "../profile/index.ts";
import type { TokenizerData } from "../runtime/index.ts";
import type { LedgerEntry } from "../simplify/index.ts";

/** Everything that an emitted package says. */
export interface EmitInput {
  readonly model: { readonly id: string; readonly sha256: string; readonly parameters: number };
  /** The program to write down. */
  readonly program: Program;
  readonly tokenizer: TokenizerData;
  /** What was measured before anything lossy was done; its neurons are in the original model's order. */
  readonly profile: Profile;
  readonly ledger: readonly LedgerEntry[];
  readonly decision: "argmax" | "positive";
}

/** A file of the package, by its path from the package's root, with slashes. */
export interface PackageFile {
  readonly path: string;
  readonly contents: string | Uint8Array;
}
