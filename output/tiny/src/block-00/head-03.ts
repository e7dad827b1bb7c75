import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. 82 % of its attention is on the previous token. Its scores go through 29 directions, where the
 * original has 32. No rule tried kept the budget; the closest, by distance and first token alone, explains 97 % of
 * what the head writes on held-out text and would cost about 0.014 nats (ledger.jsonl, block00.head03).
 *
 * What its scores read, by share of their variance; a share below 0 works against the others:
 *
 *   any query        key: position  29 %
 *   any query        key: token     -3.4 %
 *   query: position  key: position  79 %
 *   query: token     key: position  -8.9 %
 *   query: token     key: token     5.7 %
 *
 * Its scores' five strongest terms alone explain 99 % of what it writes on held-out text.
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   desperate, lunging slicings, severs it ‹comp›«le»tely in twain
 *     raises "ident", "oun", "ip", "ib"; lowers "uch", "ough", "mer", "ade"
 *   ls, and this morning the first of its throwing ‹o›«p»en to them, a
 *   der, men!" cried a foreboding ‹v›«o»ice in her wake
 *
 * Replaces 768 query and key weights. Costs less than 0.000001 nats. Its mean everywhere would cost about
 * 0.53 nats.
 */
export const head03: Head = { looks: [denseLook(W.block00.head03.look)], moves: denseMove(W.block00.head03.move) };
