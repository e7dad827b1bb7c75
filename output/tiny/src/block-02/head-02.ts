import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. 64 % of its attention is on the previous token. No rule tried kept the budget; the closest, by
 * distance and first token alone, explains 78 % of what the head writes on held-out text and would cost about
 * 0.019 nats (ledger.jsonl, block02.head02).
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
 *   or containing balsam; "a balsamic f‹r›«ag»rance"\nb
 *     raises "ility", "ten", "ally", " 0"; lowers "o", "as", "art", " other"
 *   from one generation to the next, of too many f‹r›«ag»mented famil
 *   together; "the unions presented a common f‹r›«on»t at the bar
 *
 * Its mean everywhere would cost about 0.12 nats.
 */
export const head02: Head = { looks: [denseLook(W.block02.head02.look)], moves: denseMove(W.block02.head02.move) };
