import { denseLook, denseMove, type Head } from "../runtime/index.ts";
import { W } from "../weights.ts";

/**
 * Unexplained. Its attention is wide: 26 % on the last 12 tokens, 2.1 % on the first one. No rule tried kept the
 * budget; the closest, by distance and first token alone, explains 60 % of what the head writes on held-out text
 * and would cost about 0.0023 nats (ledger.jsonl, block00.head02).
 *
 * It writes most unlike its mean at «»; ‹› is what it attends to most there:
 *
 *   Hi‹,› «\n»I'm look
 *     raises "old", "le", " years", "ors"; lowers "ace", ";", "ter", "sel"
 *   in mid-winter‹"›\ntare«:» an adjustment
 *   ‹,› «you»'re respons
 *
 * Its mean everywhere would cost about 0.011 nats.
 */
export const head02: Head = { looks: [denseLook(W.block00.head02.look)], moves: denseMove(W.block00.head02.move) };
