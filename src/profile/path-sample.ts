import { sourcesBefore, type Program } from "../ir/index.ts";
import type { TokenDocument } from "../text/index.ts";
import { firstTokens } from "./corpus.ts";

const POSITIONS = 2000;
/** Documents are cut, so that a sample has at least so many where there are that many. */
const DOCUMENTS = 8;
/** Most products of a head's width-long vectors with sources' vectors, a side: half a minute of one core. */
const PRODUCTS = 2 ** 35;
/** A smaller sample would say too little. */
const FEWEST_POSITIONS = 256;

/**
 * The text that path terms are measured on: about 2,000 positions of eight documents or, where they are short, more; fewer
 * where positions times heads times the sources before them times the width would be above 2^35. GPT-2 medium gets some
 * 400 positions; a model that would get fewer than 256 gets none, and is not measured.
 */
export function pathSample(program: Program, documents: readonly TokenDocument[]): TokenDocument[] {
  const products = program.blocks.reduce(
    (sum, { attention }, block) =>
      sum + attention.heads.length * sourcesBefore(program, { block, before: "attention" }).length * program.width,
    0,
  );
  const positions = Math.min(POSITIONS, Math.floor(PRODUCTS / products));
  if (positions < FEWEST_POSITIONS) return [];
  const longest = Math.floor(positions / DOCUMENTS);
  const cut = documents.map((document) => ({ ...document, tokens: document.tokens.slice(0, longest) }));
  return firstTokens(cut, positions);
}
