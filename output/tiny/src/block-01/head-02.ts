import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. Its attention is wide: 22 % on the last 12 tokens, 17 % on the first one. Its scores go through 18
 * directions and its values go through 23 directions, where the original has 32. No rule tried kept the budget;
 * the closest, by distance and first token alone, explains 86 % of what the head writes on held-out text and would
 * cost about 0.051 nats (ledger.jsonl, block01.head02).
 *
 * What its scores read, by share of their variance; a share below 0 works against the others:
 *
 *   any query           key: block00.mlp  84 %
 *   any query           key: position     2.7 %
 *   any query           key: constant     -2.6 %
 *   query: block00.mlp  key: block00.mlp  15 %
 *   query: token        key: block00.mlp  1.3 %
 *
 * Its scores' five strongest terms alone explain 100 % of what it writes on held-out text.
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   ‹>› «A»LB> And
 *     raises "\u001b", "\u0008", "\u0002"; lowers " about", " that", "ip", " d"
 *   ‹ ›«:» 0));\n        st
 *   ‹red› «in» every American heart.
 *
 * Replaces 5,888 weights. Costs less than 0.000001 nats. Its mean everywhere would cost about 0.092 nats.
 */
export const head02: Head = { looks: [denseLook(W.block01.head02.look)], moves: denseMove(W.block01.head02.move) };
