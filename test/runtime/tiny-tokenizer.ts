import { readFileSync } from "node:fs";
import type { TokenizerData } from "../../src/runtime/index.ts";

/** The parts of tokenizer.json that these tests read. */
interface TokenizerFile {
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
  };
}

/** The bundled model's tokenizer.json. */
export const tinyTokenizerFile = JSON.parse(
  readFileSync(new URL("../../models/tiny/tokenizer.json", import.meta.url), "utf8"),
) as TokenizerFile;

/** The bundled model's tokenizer, read without the compiler's own reader. */
export function tinyTokenizerData(): TokenizerData {
  const { added_tokens, model } = tinyTokenizerFile;
  const byId = Object.entries(model.vocab).sort(([, one], [, other]) => one - other);
  return {
    kind: "bytePairs",
    tokens: byId.map(([entry]) => entry),
    merges: model.merges,
    special: added_tokens.map(({ id, content }) => ({ text: content, id })),
  };
}
