import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. 82 % of its attention is on the last 12 tokens. No rule tried kept the budget; the closest, by
 * distance and first token alone, explains 26 % of what the head writes on held-out text and would cost about
 * 0.036 nats (ledger.jsonl, block03.head01).
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
 *   om a promise is made\npromiser: a person ‹who› «ma»kes a prom
 *     raises "ates", "its", "ces", "ms"; lowers " where", ".\"", "ious", "ull"
 *   or gave her an injection"\nanimate‹:› «g»ive new life or
 *   poison\nantiemetic: a drug ‹that› pre«vent»s or allev
 *
 * Its mean everywhere would cost about 0.043 nats.
 */
export const head01: Head = { looks: [denseLook(W.block03.head01.look)], moves: denseMove(W.block03.head01.move) };
