import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. Its attention is wide: 26 % on the last 12 tokens, 2.1 % on the first one. Its scores go through 13
 * directions, where the original has 32. No rule tried kept the budget; the closest, by distance and first token
 * alone, explains 60 % of what the head writes on held-out text and would cost about 0.0025 nats (ledger.jsonl,
 * block00.head02).
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
 *   2-‹1›935)\nSun Yat-sen«:» Chinese st
 *     raises " Congress", "ace", "res", " American"; lowers "*", "other", "\n       ", "hat"
 *   ionate voices of women‹"›\ncaring«:» feeling and ex
 *   Hi‹,› «\n»I'm look
 *
 * Replaces 4,864 query and key weights. Costs less than 0.000001 nats. Its mean everywhere would cost about
 * 0.010 nats.
 */
export const head02: Head = { looks: [denseLook(W.block00.head02.look)], moves: denseMove(W.block00.head02.move) };
