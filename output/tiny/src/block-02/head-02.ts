import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. 64 % of its attention is on the previous token. No rule tried kept the budget; the closest, by
 * distance and first token alone, explains 78 % of what the head writes on held-out text and would cost about
 * 0.027 nats (ledger.jsonl, block02.head02).
 *
 * What its scores read, by share of their variance; a share below 0 works against the others:
 *
 *   any query              key: block01.head02  48 %
 *   any query              key: block00.mlp     29 %
 *   query: block00.mlp     key: block00.mlp     34 %
 *   query: block00.mlp     key: block01.head02  -14 %
 *   query: block00.head03  key: block00.mlp     5.5 %
 *
 * Its scores' five strongest terms alone explain 76 % of what it writes on held-out text.
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   arks, and monsters, arm'd in f‹r›«on»t or jaw,
 *     raises "ility", " 0", "ten", "ally"; lowers " other", "o", "to", "up"
 *   lawlessness unfortunately so common on the f‹r›«on»tier and to
 *   ens on the moon, is to develop in a new f‹r›«on»tier of sc
 *
 * Its mean everywhere would cost about 0.12 nats.
 */
export const head02: Head = { looks: [denseLook(W.block02.head02.look)], moves: denseMove(W.block02.head02.move) };
