import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. Its attention is wide: 30 % on the last 12 tokens, 3.6 % on the first one. Its scores go through 10
 * directions and its values go through 30 directions, where the original has 32. No rule tried kept the budget;
 * the closest, by distance and first token alone, explains 30 % of what the head writes on held-out text and would
 * cost about 0.016 nats (ledger.jsonl, block01.head00).
 *
 * What its scores read, by share of their variance; a share below 0 works against the others:
 *
 *   any query           key: block00.mlp     96 %
 *   any query           key: token           1.3 %
 *   any query           key: block00.head03  1.1 %
 *   query: block00.mlp  key: block00.mlp     2.2 %
 *
 * Its scores' five strongest terms alone explain 100 % of what it writes on held-out text.
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   eferences ‹=› «app»end(groupName
 *     raises " =", ");", " >", "("; lowers " ar", " su", " al", " years"
 *   const ext ‹=› «t»ryGetExt
 *   declaredType ‹=› «t»ype);\n    }\n
 *
 * Replaces 6,144 weights. Costs less than 0.000001 nats. Its mean everywhere would cost about 0.024 nats.
 */
export const head00: Head = { looks: [denseLook(W.block01.head00.look)], moves: denseMove(W.block01.head00.move) };
