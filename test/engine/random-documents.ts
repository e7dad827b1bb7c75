import type { TokenDocument } from "../../src/text/index.ts";
import { randomTokens } from "../ir/random-model.ts";

/** Documents of random tokens, each twice in a row under the same id; every position but the first is scored. */
export function randomDocuments(seed: number, count: number, length: number, vocabulary: number): TokenDocument[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `random/${Math.floor(index / 2)}`,
    domain: "random",
    tokens: randomTokens(seed + index, length, vocabulary),
    position: index % 2,
    scored: Array.from({ length: length - 1 }, (__, place) => place + 1),
  }));
}
