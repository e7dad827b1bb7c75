import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. Its attention is wide: 35 % on the last 12 tokens, 3.5 % on the first one. Its scores go through 11
 * directions and its values go through 30 directions, where the original has 32. No rule tried kept the budget;
 * the closest, by distance and first token alone, explains 37 % of what the head writes on held-out text and would
 * cost about 0.0085 nats (ledger.jsonl, block01.head03).
 *
 * What its scores read, by share of their variance; a share below 0 works against the others:
 *
 *   any query           key: block00.mlp  84 %
 *   any query           key: token        -1.2 %
 *   query: block00.mlp  key: block00.mlp  19 %
 *   query: token        key: block00.mlp  -2.8 %
 *
 * Its scores' five strongest terms alone explain 99 % of what it writes on held-out text.
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   in\n\n‹----------------›-------- Yahoo! Groups «S»ponsor ----------------
 *     raises "@", "        ", "-", "inu"; lowers " her", "\";", " him", " somet"
 *   .\n\n‹----------------›-------- Yahoo! Groups «S»ponsor ----------------
 *   ?\n\n‹----------------›-------- Yahoo! Groups «S»ponsor ----------------
 *
 * Replaces 5,888 weights. Costs less than 0.000001 nats. Its mean everywhere would cost about 0.014 nats.
 */
export const head03: Head = { looks: [denseLook(W.block01.head03.look)], moves: denseMove(W.block01.head03.move) };
