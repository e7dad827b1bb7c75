import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. Its attention is wide: 18 % on the last 12 tokens, 20 % on the first one. No rule tried kept the
 * budget; the closest, by distance and first token alone, explains 9.7 % of what the head writes on held-out text
 * and would cost about 0.099 nats (ledger.jsonl, block03.head00).
 *
 * What its scores read, by share of their variance; a share below 0 works against the others:
 *
 *   any query           key: block02.mlp     39 %
 *   any query           key: block00.mlp     27 %
 *   any query           key: constant        -18 %
 *   query: block00.mlp  key: block00.mlp     9.3 %
 *   query: block00.mlp  key: block02.head02  8.8 %
 *
 * Its scores' five strongest terms alone explain 37 % of what it writes on held-out text.
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   ‹de› … ror *\u002f, "Invalid_syntax_in«_»decorator
 *     raises "de", " de", "De", "ne"; lowers "ch", "ing", "og", " h"
 *   n\n   echo $‹ac›_n "(cached) «$»ac_c" 1
 *   0 ‹k›ilohertz\nlow frequency: 3«0» to 300 kil
 *
 * Its mean everywhere would cost about 0.11 nats.
 */
export const head00: Head = { looks: [denseLook(W.block03.head00.look)], moves: denseMove(W.block03.head00.move) };
