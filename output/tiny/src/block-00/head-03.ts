import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. 82 % of its attention is on the previous token. Its scores go through 30 directions, where the
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
 *   ter how it\nhappened so long as everyone's ‹o›«k».\n\nStart
 *     raises " may", "'t", "        ", " use"; lowers "ment", "l", "-", "de"
 *   essence of a plant etc; "essential ‹o›«il»"\nEston
 *   ple-veined white flowers\nCanada ‹v›«i»olet: t
 *
 * Replaces 512 query and key weights. Costs less than 0.000001 nats. Its mean everywhere would cost about
 * 0.56 nats.
 */
export const head03: Head = { looks: [denseLook(W.block00.head03.look)], moves: denseMove(W.block00.head03.move) };
