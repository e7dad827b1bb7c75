import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. Its attention is wide: 26 % on the last 12 tokens, 2.1 % on the first one. Its scores go through 12
 * directions and its values go through 31 directions, where the original has 32. No rule tried kept the budget;
 * the closest, by distance and first token alone, explains 60 % of what the head writes on held-out text and would
 * cost about 0.0021 nats (ledger.jsonl, block00.head02).
 *
 * What its scores read, by share of their variance; a share below 0 works against the others:
 *
 *   any query        key: position  27 %
 *   any query        key: token     23 %
 *   query: token     key: token     30 %
 *   query: position  key: token     9.7 %
 *   query: position  key: position  7.4 %
 *
 * Its scores' five strongest terms alone explain 99 % of what it writes on held-out text.
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   Hi‹,› «\n»I'm look
 *     raises "old", "le", " years", "ors"; lowers "ace", ";", "ter", "sel"
 *   in mid-winter‹"›\ntare«:» an adjustment
 *   ‹,› «you»'re respons
 *
 * Replaces 5,376 weights. Costs less than 0.000001 nats. Its mean everywhere would cost about 0.0092 nats.
 */
export const head02: Head = { looks: [denseLook(W.block00.head02.look)], moves: denseMove(W.block00.head02.move) };
