import { openSource } from "./splits.ts";
import type { PositionLimits, TextSource, TextTokenizer, TokenDocument } from "./token-document.ts";

/**
 * The documents that a program is reported on. Only `src/score` may import this file: what has been looked at while
 * a program was made says nothing about text that has not.
 *
 * @param context most tokens that the model reads at once
 * @param limits about how many positions to read; by default 40,000 of text, and all of a model's own documents
 * @throws CompilerError on text or documents that cannot be read, and where there are none
 */
export function readTestDocuments(
  source: TextSource,
  tokenizer: TextTokenizer,
  context: number,
  limits: Pick<PositionLimits, "test"> = {},
): TokenDocument[] {
  return openSource(source, tokenizer, context).read("test", limits.test);
}
