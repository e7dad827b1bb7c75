import { createRandom } from "../../engine/index.ts";
import type { TokenDocument } from "../../text/index.ts";

/** Endless batches of about `tokens` tokens: all documents in a seeded order, then all of them in another one. */
export function* batchesOf(
  documents: readonly TokenDocument[],
  tokens: number,
  seed: number,
): Generator<readonly TokenDocument[], never> {
  let batch: TokenDocument[] = [];
  let count = 0;
  for (let epoch = 0; ; epoch++) {
    for (const document of shuffled(documents, seed, epoch)) {
      batch.push(document);
      count += document.tokens.length;
      if (count < tokens) continue;
      yield batch;
      batch = [];
      count = 0;
    }
  }
}

/** Fisher and Yates's shuffle. */
function shuffled<Value>(values: readonly Value[], seed: number, epoch: number): Value[] {
  const random = createRandom(seed, epoch);
  const out = [...values];
  for (let last = out.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [out[last], out[chosen]] = [out[chosen] as Value, out[last] as Value];
  }
  return out;
}
