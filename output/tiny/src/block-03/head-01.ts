import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. 82 % of its attention is on the last 12 tokens. No rule tried kept the budget; the closest, by
 * distance and first token alone, explains 26 % of what the head writes on held-out text and would cost about
 * 0.044 nats (ledger.jsonl, block03.head01).
 *
 * What its scores read, by share of their variance; a share below 0 works against the others:
 *
 *   any query              key: block01.head02  47 %
 *   any query              key: block00.mlp     39 %
 *   any query              key: block02.mlp     6.2 %
 *   query: block02.head03  key: block02.head03  6.5 %
 *   query: block02.head01  key: block01.head02  -4.9 %
 *
 * Its scores' five strongest terms alone explain 23 % of what it writes on held-out text.
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   or gave her an injection"\nanimate‹:› «g»ive new life or
 *     raises "iz", "ake", "ate", " see"; lowers "ings", " *\u002f", " way", "/"
 *   poison\nantiemetic: a drug ‹that› pre«vent»s or allev
 *   uilding: diag(6615, 3 ‹/*› Mess«age» *\u002f, "Out
 *
 * Its mean everywhere would cost about 0.047 nats.
 */
export const head01: Head = { looks: [denseLook(W.block03.head01.look)], moves: denseMove(W.block03.head01.move) };
